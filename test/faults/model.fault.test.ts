import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type EventLog, type LogRecord, type Offset, startOffset } from '../../src/storage/log/event-log.ts';
import { openSqliteLog } from '../../src/storage/log/sqlite-log.ts';
import type { ConnectionState } from '../../src/storage/store/connection-state.ts';
import { type Lease, LeaseLostError } from '../../src/storage/store/consumers.ts';
import { openSqliteStore } from '../../src/storage/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/storage/store/store.ts';
import { seed } from '../random.fixture.ts';
import { sized, tell } from './fault-scale.ts';

const sequences = sized({ part: 15, whole: 500, nightly: 20_000 });
const sites = ['shop', 'other'] as const;
type SiteId = (typeof sites)[number];
const now = () => 1_795_514_400_000;
const pumpOf = (site: SiteId) => `${site}/bing`;
const stateAt = (cursor: Offset): ConnectionState => {
  const breaker = { failures: 0, recent: [], failedProbes: null, notBefore: 0 };
  return { cursor, pause: null, breaker, verdicts: '', settingsDigest: '', settingsChangedAt: 0, inDoubt: 0 };
};

const anySite = fc.constantFrom(...sites);
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      site: anySite,
      keys: fc.array(fc.nat(40), { minLength: 1, maxLength: 8 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('deliver' as const), site: anySite, records: fc.integer({ min: 1, max: 6 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('redact' as const), site: anySite, which: fc.nat(60) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('trim' as const), site: anySite }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('replay' as const), site: anySite }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('take over' as const), site: anySite }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('kill' as const, 'restart' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Kept {
  readonly offset: Offset;
  readonly key: string;
  /** `undefined` once it was redacted. */
  text: string | undefined;
}

/** What log and store have to be, in memory. */
interface Model {
  readonly records: Record<SiteId, Kept[]>;
  readonly cursors: Record<SiteId, Offset>;
  /** What a site's pump has come to, by whatever it was restarted. */
  readonly seen: Record<SiteId, Map<Offset, string | undefined>>;
  last: Offset;
}

interface Opened {
  readonly log: EventLog;
  readonly store: Store;
  readonly leases: ReadonlyMap<SiteId, Lease>;
}

/** Log and store on files of their own, as one process after the other has them. */
class Engine {
  readonly #dir = mkdtempSync(join(tmpdir(), 'convey-model-'));
  readonly #left: Opened[] = [];
  #round = 0;

  async open(): Promise<Opened> {
    const log = await openSqliteLog(join(this.#dir, `log-${this.#round}.db`), { now });
    const store = await openSqliteStore(join(this.#dir, `state-${this.#round}.db`), { now });
    const leases = new Map<SiteId, Lease>();
    for (const site of sites) leases.set(site, await takeOver(store, site));
    return { log, store, leases };
  }

  /** What the disk holds at this instant goes on elsewhere. */
  async kill(opened: Opened): Promise<Opened> {
    this.#left.push(opened);
    this.#round += 1;
    for (const name of ['log', 'state'])
      for (const part of ['', '-wal']) {
        const left = join(this.#dir, `${name}-${this.#round - 1}.db${part}`);
        if (existsSync(left)) cpSync(left, join(this.#dir, `${name}-${this.#round}.db${part}`));
      }
    return this.open();
  }

  async restart(opened: Opened): Promise<Opened> {
    await opened.log.close();
    await opened.store.close();
    return this.open();
  }

  async dispose(opened: Opened): Promise<void> {
    for (const { log, store } of [...this.#left, opened]) {
      await log.close();
      await store.close();
    }
    rmSync(this.#dir, { recursive: true });
  }
}

async function takeOver(store: Store, site: SiteId): Promise<Lease> {
  const lease = await store.acquireLease(pumpOf(site), 'one', 60_000);
  if (!lease) throw new Error('there is one owner');
  return lease;
}

const textOf = ({ body }: LogRecord) => ('bytes' in body ? Buffer.from(body.bytes).toString() : undefined);

/** Answers what is open after it. */
async function doStep(engine: Engine, opened: Opened, model: Model, given: Step, count: number): Promise<Opened> {
  const { log, store, leases } = opened;
  switch (given.kind) {
    case 'append': {
      const kept = model.records[given.site];
      const texts = given.keys.map((key, index) =>
        JSON.stringify({ v: 1, key, count, index, fill: 'x'.repeat((key * 997) % 5_000) }),
      );
      const records = given.keys.map((key, index) => ({
        partition: given.site,
        key: `k${key}`,
        bytes: Buffer.from(texts[index] ?? ''),
      }));
      for (const [index, appended] of (await log.append(records)).entries()) {
        const key = `k${given.keys[index]}`;
        expect('duplicate' in appended, 'L3').toBe(kept.some((one) => one.key === key));
        if (!('offset' in appended)) continue;
        expect(appended.offset > model.last, 'L2').toBe(true);
        model.last = appended.offset;
        kept.push({ offset: appended.offset, key, text: texts[index] });
      }
      return opened;
    }
    case 'deliver': {
      const { site } = given;
      const page = await log.read(site, model.cursors[site], { records: given.records, bytes: 1e9 });
      for (const record of page.records) model.seen[site].set(record.offset, textOf(record));
      const lease = leases.get(site);
      if (lease) await store.commitDelivery(lease, { state: stateAt(page.lastOffset) });
      model.cursors[site] = page.lastOffset;
      return opened;
    }
    case 'redact': {
      const kept = model.records[given.site];
      const one = kept[given.which % Math.max(kept.length, 1)];
      await log.redact(given.site, one ? [one.offset] : []);
      if (one) one.text = undefined;
      return opened;
    }
    case 'trim': {
      // L7: never past the cursor.
      const through = model.cursors[given.site];
      await log.trim(given.site, through);
      model.records[given.site] = model.records[given.site].filter(({ offset }) => offset > through);
      return opened;
    }
    case 'replay': {
      const lease = leases.get(given.site);
      if (lease) await store.commitDelivery(lease, { state: stateAt(startOffset) });
      model.cursors[given.site] = startOffset;
      return opened;
    }
    case 'take over': {
      const old = leases.get(given.site);
      const taken = new Map([...leases, [given.site, await takeOver(store, given.site)]]);
      if (old)
        await expect(store.commitDelivery(old, { state: stateAt('9'.repeat(16)) }), 'L4').rejects.toBeInstanceOf(LeaseLostError);
      return { ...opened, leases: taken };
    }
    case 'kill':
      return engine.kill(opened);
    case 'restart':
      return engine.restart(opened);
  }
}

async function compare({ log, store }: Opened, model: Model): Promise<void> {
  for (const site of sites) {
    const { records } = await log.read(site, startOffset, { records: 10_000, bytes: 1e9 });
    expect(
      records.map((record) => ({ offset: record.offset, key: record.key, text: textOf(record) })),
      'L1, L5',
    ).toEqual(model.records[site]);
    expect((await store.getConnectionState(pumpOf(site)))?.cursor ?? startOffset, 'L1').toBe(model.cursors[site]);
    expect((await log.heads()).get(site)).toBe(model.records[site].at(-1)?.offset);
  }
}

it('log and store match a model of them after random operations and kills', {
  timeout: 60_000 + sequences * 5_000,
}, async (context) => {
  let steps = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (plan) => {
      const engine = new Engine();
      const model: Model = {
        records: { shop: [], other: [] },
        cursors: { shop: startOffset, other: startOffset },
        seen: { shop: new Map(), other: new Map() },
        last: startOffset,
      };
      let opened = await engine.open();
      try {
        for (const [count, one] of plan.entries()) {
          opened = await doStep(engine, opened, model, one, count);
          if (one.kind === 'kill' || one.kind === 'restart') await compare(opened, model);
          steps += 1;
        }
        await compare(opened, model);
        // Nothing that is kept was passed over: whoever reads on comes to all of it.
        for (const site of sites) {
          const rest = await opened.log.read(site, model.cursors[site], { records: 10_000, bytes: 1e9 });
          const come = new Set([...model.seen[site].keys(), ...rest.records.map(({ offset }) => offset)]);
          expect(model.records[site].filter(({ offset }) => !come.has(offset))).toEqual([]);
        }
      } finally {
        await engine.dispose(opened);
      }
    }),
    { seed, numRuns: sequences, endOnFailure: sequences > 100 },
  );
  tell(context, {
    fault: 'B5',
    what: 'random append, read, commit, kill, trim, replay, redact, takeover against a model in memory',
    times: `${sequences} sequences, ${steps} steps`,
    holds: 'L1 to L7',
    seen: 'no difference',
  });
});
