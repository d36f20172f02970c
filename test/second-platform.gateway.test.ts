import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildEvent, encodeEvent, waitUntil } from '../src/delivery/delivery.fixture.ts';
import { formatEventKey } from '../src/event/event-key.ts';
import { openSqliteLog } from '../src/storage/log/sqlite-log.ts';
import { openSqliteStore } from '../src/storage/store/sqlite/sqlite-store.ts';
import { LedgerServer } from './second-platform.fixture.ts';

const platform = new LedgerServer();
const dir = mkdtempSync(join(tmpdir(), 'convey-second-platform-'));
let endpoint: string;
let child: ChildProcess | undefined;
let printed = '';

beforeAll(async () => {
  endpoint = await platform.listen();
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await platform.close();
  rmSync(dir, { recursive: true });
});

function startProcess(): void {
  child = spawn(process.execPath, [join(import.meta.dirname, 'second-platform.process.ts'), dir, endpoint], {
    env: { ...process.env, LEDGER_KEY: platform.key },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.stdout)
    void text(child.stdout).then((output) => {
      printed += output;
    });
}
async function endProcess(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (!child) throw new Error('no process runs');
  child.kill(signal);
  await once(child, 'close');
}

describe('a platform with groups, access tokens and later verdicts', () => {
  it('gets each event once in requests of one action, and its verdicts survive a kill', async () => {
    const actions = ['Purchase', 'Lead', 'Purchase', 'Lead', 'Purchase', 'SignUp'];
    const now = Date.now();
    const events = actions.map((name, index) => buildEvent(`e${index}`, { name, time: now, receivedAt: now }));
    const log = await openSqliteLog(join(dir, 'log.db'), { now: Date.now });
    const appended = await log.append(
      events.map((event) => ({ partition: event.site, key: formatEventKey(event), bytes: encodeEvent(event) })),
    );
    const offsets = appended.flatMap((one) => ('offset' in one ? [one.offset] : []));
    await log.close();

    platform.refusesNextToken = true;
    startProcess();
    await waitUntil(() => platform.questions >= 3);
    await endProcess('SIGKILL');
    expect(platform.received.map(({ ids, status }) => [...ids, status])).toEqual([
      ['e0', 'e2', 'e4', 401],
      ['e0', 'e2', 'e4', 200],
      ['e1', 'e3', 200],
      ['e5', 200],
    ]);
    expect(platform.tokens).toHaveLength(2);

    platform.refusedIds = new Set(['e2', 'e5']);
    const store = await openSqliteStore(join(dir, 'state.db'), { now: Date.now });
    startProcess();
    const readOutcomes = async () => {
      const outcomes = await store.getOutcomes('shop/ledger', offsets);
      return offsets.map((offset) => outcomes.get(offset)?.outcome);
    };
    expect(await readOutcomes()).toEqual(offsets.map(() => 'awaiting-verdict'));
    const expected = ['delivered', 'delivered', 'dead', 'delivered', 'delivered', 'dead'];
    await waitUntil(async () => JSON.stringify(await readOutcomes()) === JSON.stringify(expected));
    await endProcess('SIGTERM');
    expect(platform.received).toHaveLength(4);
    expect((await store.listDeadLetters('shop/ledger', 9)).map(({ eventId }) => eventId).toSorted()).toEqual(['e2', 'e5']);
    expect(await store.countByOutcome('shop/ledger')).toEqual({ 'awaiting-verdict': 0, waiting: 0, delivered: 4, dead: 2 });
    await store.close();

    const files = readdirSync(dir).map((name) => readFileSync(join(dir, name), 'latin1'));
    const secrets = [...platform.tokens, platform.key.split('\n')[2] ?? ''];
    for (const secret of secrets) expect([printed, ...files].some((one) => one.includes(secret))).toBe(false);
    expect(printed).toContain('verdict settled');
  });
});
