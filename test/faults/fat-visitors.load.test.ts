import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { connectToGateway } from '../../src/cli/cli-context.ts';
import { hourMs } from '../../src/event/units.ts';
import { sha256 } from '../../src/identity/hashing.ts';
import {
  clickNames,
  createLargeProfile,
  encodeEarlierProfile,
  storeEarlierProfile,
} from '../../src/identity/large-profile.fixture.ts';
import { normalizeEmail, normalizePhone, parsePhone } from '../../src/identity/normal-forms.ts';
import { encodeProfile, maxProfileBytes } from '../../src/identity/profile-encoding.ts';
import { emptyProfile, mergeProfiles, type VisitorProfile } from '../../src/identity/visitor-profile.ts';
import {
  eventually,
  type Folder,
  makeFolder,
  post,
  type RunningGateway,
  root,
  runConveyProcess,
  startGatewayProcess,
  startSink,
} from '../gateway.fixture.ts';
import { sized, tell } from './fault-scale.ts';

const visitors = sized({ part: 1_000, whole: 3_000, nightly: 8_000 });
const naming = sized({ part: 1_000, whole: 3_000, nightly: 8_000 });
const built = sized({ part: 25, whole: 200, nightly: 1_000 });
const heapMb = 256;
const mostBlockedMs = 250;
const mostGrowthMb = 128;
const patienceMs = 120_000;

const ending: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

const consent = { adStorage: 'granted', source: 'server', explicit: true };

/** An event that names eight visitors: by order, customer id, and each form of e-mail address and phone number. */
function namingEvent(index: number) {
  return {
    id: `naming-${index}`,
    name: 'Lead',
    consent,
    user: {
      email: `u.${index}+tag@shop.example`,
      phone: phoneOf(index),
      emailSha256: sha256(`email ${index}`),
      phoneSha256: sha256(`phone ${index}`),
      externalId: `customer-${index}`,
    },
    commerce: { orderId: `order-${index}` },
  };
}

const phoneOf = (index: number) => `+1425${String(5_550_000 + index)}`;

/** The keys by which these events find visitors, eight in turn for each. The shop reported them, so the events take something by them. */
function keysByVisitor(): ReadonlyMap<number, readonly string[]> {
  const keys = Array.from({ length: naming }, (_, index) => {
    const phone = parsePhone(phoneOf(index));
    const { emailMicrosoft, emailPlain } = normalizeEmail(`u.${index}+tag@shop.example`) ?? {};
    const { phoneE164, phoneDigits } = phone ? normalizePhone(phone) : {};
    return [
      `order:order-${index}`,
      `external-id:${sha256(`customer-${index}`)}`,
      ...[emailMicrosoft, emailPlain, sha256(`email ${index}`)].map((hash) => `email:${hash}`),
      ...[phoneE164, phoneDigits, sha256(`phone ${index}`)].map((hash) => `phone:${hash}`),
    ];
  });
  return Map.groupBy(keys.flat(), (_, at) => at % visitors);
}

/** Puts fat profiles into the folder, as an earlier version stored them or as this one does, and has its events still to be read. */
function fatten(folder: Folder, form: 'earlier' | 'present'): void {
  const file = join(folder.dataDir, 'state.db');
  const at = Date.now() - hourMs;
  const keys = keysByVisitor();
  const textOf = (facts: VisitorProfile) =>
    form === 'earlier' ? encodeEarlierProfile(facts) : encodeProfile(mergeProfiles(facts, emptyProfile));
  for (let from = 0; from < visitors; from += 100)
    storeEarlierProfile(
      file,
      'shop',
      Array.from({ length: Math.min(100, visitors - from) }, (_, index) => ({
        visitor: `fat-${from + index}`,
        text: textOf(createLargeProfile(`fat-${from + index}`, at)),
        keys: (keys.get(from + index) ?? []).flatMap((key) => [key, `shop/${key}`]),
      })),
      at,
    );
  inState(folder, (db) => {
    for (const table of ['identity', 'primary_reports', 'duplicate_reports', 'event_index']) db.exec(`DELETE FROM ${table}`);
  });
}

function inState<T>({ dataDir }: Folder, work: (db: Database.Database) => T): T {
  const db = new Database(join(dataDir, 'state.db'), { timeout: 10_000 });
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** Where the connection is, so that it can deliver the same events once more. */
const stateOf = (folder: Folder) =>
  inState(folder, (db) => db.prepare<[], string>('SELECT state FROM connections').pluck().get() ?? '');

function putState(folder: Folder, state: string): void {
  inState(folder, (db) => db.prepare('UPDATE connections SET state = ?').run(state));
}

/** How many events the identity pump has read. */
const read = (folder: Folder) =>
  inState(folder, (db) => db.prepare<[], number>('SELECT count(*) FROM event_index').pluck().get() ?? 0);

function start(folder: Folder, config: string): Promise<RunningGateway> {
  const command = [
    process.execPath,
    `--max-old-space-size=${heapMb}`,
    '--import',
    join(root, 'test/faults/loop-watch.ts'),
  ] as const;
  return startGatewayProcess(config, { command, env: { CONVEY_LOOP_WATCH: join(folder.dir, 'loop.txt') } });
}

/** What one turn of the event loop took at most since then, in processor time. */
function longestTurnMs(folder: Folder, since: number): number {
  const lines = readFileSync(join(folder.dir, 'loop.txt'), 'utf8').trim().split('\n');
  const spans = lines.map((line) => line.split(' ').map(Number));
  return Math.max(0, ...spans.flatMap(([at = 0, ms = 0]) => (at > since ? [ms] : [])));
}

function peakMb(pid: number): number {
  const [, kib] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1_024;
}

async function postAll(url: string, events: readonly unknown[]): Promise<void> {
  for (let from = 0; from < events.length; from += 200) await post(url, events.slice(from, from + 200));
}

describe('very large visitor profiles of an earlier version', () => {
  it('do not stop a gateway with unread events of these visitors, with the connection enabled or disabled', {
    timeout: 6 * patienceMs + visitors * 200,
  }, async (context) => {
    const folder = makeFolder();
    const sink = await startSink();
    ending.push(folder.remove, sink.close);
    const bing = { site: 'shop', connection: 'bing' } as const;
    const steer = (action: 'pause' | 'resume') =>
      connectToGateway(folder)('POST /api/sites/:site/connections/:connection/:action', { ...bing, action });

    const config = folder.writeConfig(sink.url);
    const before = await start(folder, config);
    ending.push(before.kill);
    // What ordinary events cost, which name nobody: as many as are sent later on.
    await postAll(
      before.url,
      Array.from({ length: 2 * naming }, (_, index) => ({ ...namingEvent(naming + index), id: `plain-${index}` })),
    );
    expect(await eventually(() => sink.events().length === 2 * naming, patienceMs)).toBe(true);
    const plainMb = peakMb(before.pid);
    await steer('pause');
    await postAll(
      before.url,
      Array.from({ length: naming }, (_, index) => namingEvent(index)),
    );
    expect(await eventually(() => read(folder) === 3 * naming, patienceMs)).toBe(true);
    await before.stop();

    const known = { earlier: { blockedMs: 0, growthMb: 0 }, present: { blockedMs: 0, growthMb: 0 } };
    for (const form of ['earlier', 'present'] as const) {
      fatten(folder, form);
      const cursor = stateOf(folder);
      const gateway = await start(folder, config);
      ending.push(gateway.kill);
      const since = Date.now();
      const sent = sink.events().length;
      await steer('resume');
      expect(await eventually(() => sink.events().length === sent + naming, patienceMs)).toBe(true);
      expect(await eventually(() => read(folder) === 3 * naming, patienceMs)).toBe(true);
      known[form] = { blockedMs: longestTurnMs(folder, since), growthMb: peakMb(gateway.pid) - plainMb };
      await gateway.stop();
      putState(folder, cursor);
    }
    const recalled = sink.events().filter(({ eventId, userData }) => {
      return String(eventId).startsWith('naming-') && typeof userData === 'object' && userData !== null && 'msclkid' in userData;
    });

    fatten(folder, 'earlier');
    const off = folder.writeConfig(sink.url, {
      site: {
        connections: [{ id: 'bing', destination: 'microsoft', enabled: false, settings: { tagId: '187012345', token: 't' } }],
      },
    });
    const disabled = await start(folder, off);
    ending.push(disabled.kill);
    expect(await eventually(() => read(folder) === 3 * naming, patienceMs)).toBe(true);
    await disabled.stop();

    tell(context, {
      fault: 'profiles',
      what: 'unread events name fat visitors',
      times: `${visitors} visitors of 230 KB, 8 named by each of ${naming} events`,
      holds: `starts with ${heapMb} MB; a turn under ${mostBlockedMs} ms; under ${mostGrowthMb} MiB more`,
      seen: Object.entries(known)
        .map(([form, { blockedMs, growthMb }]) => `${form}: ${Math.round(blockedMs)} ms, ${Math.round(growthMb)} MiB`)
        .join('; '),
    });
    expect(recalled).toHaveLength(2 * naming);
    expect(Math.max(known.earlier.blockedMs, known.present.blockedMs)).toBeLessThan(mostBlockedMs);
    expect(known.present.growthMb).toBeLessThan(mostGrowthMb);
    // V8 gives its young generation more room while it reads so many large texts; what is kept does not grow.
    expect(known.earlier.growthMb).toBeLessThan(heapMb);
  });

  it('take at most 16 KiB each through the public interface, and an operator can drop them with and without a running gateway', {
    timeout: 2 * patienceMs + built * 500,
  }, async (context) => {
    const folder = makeFolder();
    const sink = await startSink();
    ending.push(folder.remove, sink.close);
    const config = folder.writeConfig(sink.url);
    const gateway = await start(folder, config);
    ending.push(gateway.kill);
    const since = Date.now();
    for (let visitor = 0; visitor < built; visitor++) {
      const anonymousId = `told-${visitor}`;
      await post(
        gateway.url,
        Array.from({ length: 64 }, (_, index) => ({
          id: `${anonymousId}-${index}`,
          name: 'ViewContent',
          time: since - index * 61_000,
          consent,
          user: {
            anonymousId,
            email: `u${index}@${anonymousId}.example`,
            phone: phoneOf(index),
            emailSha256: sha256(`email ${anonymousId} ${index}`),
            phoneSha256: sha256(`phone ${anonymousId} ${index}`),
            externalId: `${anonymousId} ${index}`,
          },
          clickIds: Object.fromEntries(
            index < 8
              ? clickNames.map((name) => [
                  name,
                  name === 'msclkid' ? sha256(`${visitor} ${index}`).slice(0, 32) : 'x'.repeat(511) + index,
                ])
              : [],
          ),
        })),
      );
    }
    expect(await eventually(() => read(folder) === 64 * built, patienceMs)).toBe(true);
    const sizes = () =>
      inState(folder, (db) =>
        db.prepare<[], number>('SELECT octet_length(profile) FROM visitor_profiles ORDER BY visitor').pluck().all(),
      );
    expect(sizes()).toHaveLength(built);
    expect(Math.max(...sizes())).toBeLessThanOrEqual(maxProfileBytes);
    expect(Math.min(...sizes())).toBeGreaterThan(5_000);
    const blockedMs = longestTurnMs(folder, since);

    const denial = {
      id: 'no',
      name: 'ViewContent',
      consent: { adStorage: 'denied', explicit: true },
      user: { anonymousId: 'told-0' },
    };
    await post(gateway.url, [denial]);
    expect(await eventually(() => read(folder) === 64 * built + 1, patienceMs)).toBe(true);
    const marksOf = (visitor: string) =>
      inState(folder, (db) =>
        db
          .prepare<[string], string>('SELECT profile FROM visitor_profiles WHERE visitor = ?')
          .pluck()
          .get(visitor)
          ?.includes('deniedAt'),
      );
    const drop = (...args: readonly string[]) =>
      runConveyProcess('visitors', 'drop', '--site', 'shop', '--config', config, ...args);

    const counted = await drop('--larger-than', '4KiB', '--dry-run');
    expect(counted.stdout).toMatch(new RegExp(`^${built - 1} profiles of \\d+ KiB would be dropped\\. Nothing was dropped\\.`));
    expect(await drop('--anonymous-id', 'told-1')).toMatchObject({ code: 1, stderr: expect.stringContaining('--yes') });
    expect(await drop('--anonymous-id', 'told-1', '--yes')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^1 profile of/),
    });
    expect(gateway.output()).toContain('profiles dropped');
    await gateway.stop();

    const offline = await drop('--larger-than', '4KiB', '--yes', '--json');
    expect(JSON.parse(offline.stdout)).toMatchObject({ dryRun: false, profiles: built - 2 });
    expect((await drop('--larger-than', '4KiB', '--yes')).stdout).toBe('No profile matches.\n');
    expect(sizes().filter((bytes) => bytes > 4_096)).toEqual([]);
    expect(marksOf('told-0')).toBe(true);
    expect(await drop('--larger-than', 'much')).toMatchObject({ code: 1, stderr: expect.stringContaining('64KiB') });
    expect(await drop()).toMatchObject({ code: 1, stderr: expect.stringContaining('--anonymous-id or --larger-than') });
    expect(await drop('--site', 'other', '--larger-than', '1B', '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Name one of these with --site: shop'),
    });

    const again = await start(folder, config);
    ending.push(again.kill);
    expect(read(folder)).toBe(64 * built + 1);
    tell(context, {
      fault: 'profiles',
      what: 'visitors tell everything that fits',
      times: `${built} visitors, 64 persons and 144 click ids each`,
      holds: '16 KiB a visitor; dropped with and without a gateway, denials stay',
      seen: `longest turn ${Math.round(blockedMs)} ms`,
    });
  });
});
