import fc from 'fast-check';
import { expect } from 'vitest';
import { type EventLog, type LogRecord, type Offset, startOffset } from '../../src/storage/log/event-log.ts';
import type { ConnectionState } from '../../src/storage/ports/connection-state.ts';
import { type Lease, LeaseLostError } from '../../src/storage/ports/consumers.ts';
import type { Store } from '../../src/storage/ports/store.ts';
import { seed } from '../random.fixture.ts';

const sites = ['shop', 'other'] as const;
type SiteId = (typeof sites)[number];
const getConsumerId = (site: SiteId) => `${site}/bing`;
const createState = (cursor: Offset): ConnectionState => {
  const breaker = { failures: 0, recent: [], failedProbes: null, notBefore: 0 };
  return { cursor, pause: null, breaker, verdicts: '', settingsDigest: '', settingsChangedAt: 0, inDoubt: 0 };
};

const anySite = fc.constantFrom(...sites);
const anyStep = fc.oneof(
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
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

interface ModelRecord {
  readonly offset: Offset;
  readonly key: string;
  /** `undefined` after redaction. */
  text: string | undefined;
}

/** The expected content of log and store. */
interface Model {
  readonly records: Record<SiteId, ModelRecord[]>;
  readonly cursors: Record<SiteId, Offset>;
  /** The records that a site's consumer has read, also before restarts. */
  readonly readRecords: Record<SiteId, Map<Offset, string | undefined>>;
  /** The greatest offsets so far. */
  readonly last: Record<SiteId, Offset>;
}

/** Log and store as one process has them open. */
export interface ModelledStorage {
  readonly log: EventLog;
  readonly store: Store;
  close(): Promise<void>;
}

/** Empty storage that successive processes open. */
export interface StorageEngine {
  /** Whether offsets increase along the appends of all sites, and not only along those of each one. */
  readonly hasOneOrder: boolean;
  open(): Promise<ModelledStorage>;
  /** Ends the process that has it open, without closing anything. */
  kill(opened: ModelledStorage): Promise<void>;
  /** Called at the end, with everything closed but what was killed. */
  dispose(): Promise<void>;
}

interface OpenStorage extends ModelledStorage {
  readonly leases: ReadonlyMap<SiteId, Lease>;
}

async function open(engine: StorageEngine): Promise<OpenStorage> {
  const opened = await engine.open();
  const leases = new Map<SiteId, Lease>();
  for (const site of sites) leases.set(site, await takeOver(opened.store, site));
  return { ...opened, close: () => opened.close(), leases };
}

async function takeOver(store: Store, site: SiteId): Promise<Lease> {
  const lease = await store.acquireLease(getConsumerId(site), 'one', 60_000);
  if (!lease) throw new Error('the lease has another owner');
  return lease;
}

const readText = ({ body }: LogRecord) => ('bytes' in body ? Buffer.from(body.bytes).toString() : undefined);

/** Runs a step on storage and model. Returns the storage that is open afterwards. */
async function runStep(
  engine: StorageEngine,
  opened: OpenStorage,
  model: Model,
  step: Step,
  count: number,
): Promise<OpenStorage> {
  const { log, store, leases } = opened;
  switch (step.kind) {
    case 'append': {
      const records = model.records[step.site];
      const texts = step.keys.map((key, index) =>
        JSON.stringify({ v: 1, key, count, index, fill: 'x'.repeat((key * 997) % 5_000) }),
      );
      const newRecords = step.keys.map((key, index) => ({
        partition: step.site,
        key: `k${key}`,
        bytes: Buffer.from(texts[index] ?? ''),
      }));
      for (const [index, appended] of (await log.append(newRecords)).entries()) {
        const key = `k${step.keys[index]}`;
        expect('duplicate' in appended, 'L3').toBe(records.some((one) => one.key === key));
        if (!('offset' in appended)) continue;
        const earlier = engine.hasOneOrder ? sites.map((site) => model.last[site]) : [model.last[step.site]];
        expect(
          earlier.every((offset) => appended.offset > offset),
          'L2',
        ).toBe(true);
        model.last[step.site] = appended.offset;
        records.push({ offset: appended.offset, key, text: texts[index] });
      }
      return opened;
    }
    case 'deliver': {
      const { site } = step;
      const page = await log.read(site, model.cursors[site], { records: step.records, bytes: 1e9 });
      for (const record of page.records) model.readRecords[site].set(record.offset, readText(record));
      const lease = leases.get(site);
      if (lease) await store.commitDelivery(lease, { state: createState(page.lastOffset) });
      model.cursors[site] = page.lastOffset;
      return opened;
    }
    case 'redact': {
      const records = model.records[step.site];
      const record = records[step.which % Math.max(records.length, 1)];
      await log.redact(step.site, record ? [record.offset] : []);
      if (record) record.text = undefined;
      return opened;
    }
    case 'trim': {
      // L7: never past the cursor.
      const through = model.cursors[step.site];
      await log.trim(step.site, through);
      model.records[step.site] = model.records[step.site].filter(({ offset }) => offset > through);
      return opened;
    }
    case 'replay': {
      const lease = leases.get(step.site);
      if (lease) await store.commitDelivery(lease, { state: createState(startOffset) });
      model.cursors[step.site] = startOffset;
      return opened;
    }
    case 'take over': {
      const old = leases.get(step.site);
      const newLeases = new Map([...leases, [step.site, await takeOver(store, step.site)]]);
      if (old)
        await expect(store.commitDelivery(old, { state: createState('9'.repeat(16)) }), 'L4').rejects.toBeInstanceOf(
          LeaseLostError,
        );
      return { ...opened, leases: newLeases };
    }
    case 'kill':
      await engine.kill(opened);
      return open(engine);
    case 'restart':
      await opened.close();
      return open(engine);
  }
}

async function compare({ log, store }: OpenStorage, model: Model): Promise<void> {
  for (const site of sites) {
    const { records } = await log.read(site, startOffset, { records: 10_000, bytes: 1e9 });
    expect(
      records.map((record) => ({ offset: record.offset, key: record.key, text: readText(record) })),
      'L1, L5',
    ).toEqual(model.records[site]);
    expect((await store.getConnectionState(getConsumerId(site)))?.cursor ?? startOffset, 'L1').toBe(model.cursors[site]);
    expect((await log.heads()).get(site)).toBe(model.records[site].at(-1)?.offset);
  }
}

/**
 * Runs random operations and kills on storage, and compares it with a model of it. Returns the number of steps.
 * @param createEngine creates empty storage
 */
export async function checkAgainstModel(sequences: number, createEngine: () => Promise<StorageEngine>): Promise<number> {
  let steps = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 5, maxLength: 25 }), async (plan) => {
      const engine = await createEngine();
      const model: Model = {
        records: { shop: [], other: [] },
        cursors: { shop: startOffset, other: startOffset },
        readRecords: { shop: new Map(), other: new Map() },
        last: { shop: startOffset, other: startOffset },
      };
      let opened = await open(engine);
      try {
        for (const [count, one] of plan.entries()) {
          opened = await runStep(engine, opened, model, one, count);
          if (one.kind === 'kill' || one.kind === 'restart') await compare(opened, model);
          steps += 1;
        }
        await compare(opened, model);
        // The cursor skipped no record: each stored record was read, or is after the cursor.
        for (const site of sites) {
          const rest = await opened.log.read(site, model.cursors[site], { records: 10_000, bytes: 1e9 });
          const reachable = new Set([...model.readRecords[site].keys(), ...rest.records.map(({ offset }) => offset)]);
          expect(model.records[site].filter(({ offset }) => !reachable.has(offset))).toEqual([]);
        }
      } finally {
        await opened.close();
        await engine.dispose();
      }
    }),
    { seed, numRuns: sequences, endOnFailure: sequences > 100 },
  );
  return steps;
}
