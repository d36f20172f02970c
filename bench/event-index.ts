import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { systemClock } from '../src/clock/clock.ts';
import { IdentityConsumer } from '../src/delivery/consumers/identity-consumer.ts';
import type { Event } from '../src/event/event.ts';
import { isSignalName } from '../src/event/event-names.ts';
import { listMatchKeys } from '../src/event/match-keys.ts';
import { parseEvent } from '../src/event/parse-event.ts';
import type { Site } from '../src/event/site.ts';
import { dayMs } from '../src/event/units.ts';
import { ingestServerEvents } from '../src/ingest/accept/append-events.ts';
import { createLogger } from '../src/logger.ts';
import { type EventLog, type Offset, startOffset } from '../src/storage/log/event-log.ts';
import { openSqliteLog } from '../src/storage/log/sqlite-log.ts';
import type { EventSearch } from '../src/storage/ports/event-index.ts';
import type { EventOutcome } from '../src/storage/ports/outcomes.ts';
import type { Store } from '../src/storage/ports/store.ts';
import { openSqliteStore } from '../src/storage/store/sqlite/sqlite-store.ts';
import { createSubmission, type Person, type Submission } from './events.ts';
import { type Bench, compareRounds, interleave, median, type Row } from './interleaved-rounds.ts';
import { numberedValues } from './population.ts';
import { connectionId, shopConfig, siteId, withTemporaryFolder } from './workspace.ts';

const eventsPerPage = 1_000;
const eventsPerBlock = 25;
const limit = 50;
const consumer = `${siteId}/${connectionId}`;
const unbounded = { records: eventsPerPage, bytes: Number.POSITIVE_INFINITY };

interface ConsumerCost {
  readonly cpuMicros: number;
  readonly stateBytes: number;
}

/** Measures the identity consumer's cost of the event index, and the duration of searches in it. */
export function measureIndex({ size, progress }: Bench): Promise<readonly Row[]> {
  return withTemporaryFolder(async (folder) => {
    const events = size.indexedEvents;
    const now = { at: Date.now() - 7 * dayMs };
    const log = await openSqliteLog(join(folder, 'log.db'), { now: () => now.at });
    await fillLog(log, now, events);
    progress(`index: log of ${events} events written`);

    const run = (name: string, isIndexed: boolean) => runConsumer(log, join(folder, `${name}.db`), isIndexed, events);
    const pairs = await interleave(
      size.rounds,
      (round) => run(`with-${round}`, true),
      (round) => run(`without-${round}`, false),
    );
    const store = await openSqliteStore(join(folder, 'with-0.db'), { now: Date.now });
    progress('index: identity consumer finished');

    await writeOutcomes(log, store);
    const rows: Row[] = [
      {
        what: `identity consumer over ${events} events`,
        unit: 'CPU µs/event',
        ...compareRounds(
          'without writing the index',
          pairs.map(({ subject, reference }) => ({ subject: subject.cpuMicros, reference: reference.cpuMicros })),
        ),
        notes: {
          indexBytesPerEvent: median(pairs.map(({ subject, reference }) => (subject.stateBytes - reference.stateBytes) / events)),
        },
      },
    ];
    for (const { what, search, matches } of searches) {
      let found = 0;
      const timed = await interleave(
        size.rounds,
        async () => {
          const startedAt = performance.now();
          found = await countBySearch(store, search);
          return performance.now() - startedAt;
        },
        async () => {
          const startedAt = performance.now();
          await countByScan(log, matches);
          return performance.now() - startedAt;
        },
      );
      const comparison = compareRounds('a scan of the log with JSON.parse', timed);
      rows.push({ what: `search of ${events} events: ${what}`, unit: 'ms', ...comparison, notes: { found } });
    }
    progress('index: searches finished');
    await store.close();
    await log.close();
    return rows;
  });
}

const outcomes = (...any: readonly (EventOutcome | 'undelivered')[]) => ({ consumers: [consumer], any });

/** The reference ignores outcomes, so it does less work. */
const searches: readonly {
  readonly what: string;
  readonly search: Omit<EventSearch, 'limit'>;
  readonly matches: (event: Event) => boolean;
}[] = [
  { what: 'a rare name', search: { names: ['SignUp'] }, matches: ({ name }) => name === 'SignUp' },
  { what: 'a common name', search: { names: ['PageView'] }, matches: ({ name }) => name === 'PageView' },
  {
    what: 'no match',
    search: { has: ['phone'], lacks: ['email'] },
    matches: (event) => listMatchKeys(event).includes('phone') && !listMatchKeys(event).includes('email'),
  },
  { what: 'text in ids', search: { text: 'rare-7' }, matches: ({ id }) => id.includes('rare-7') },
  {
    what: 'delivered without an e-mail',
    search: { lacks: ['email'], outcomes: outcomes('delivered') },
    matches: (event) => !listMatchKeys(event).includes('email'),
  },
  {
    what: 'dead letters of one name',
    search: { names: ['PageView'], outcomes: outcomes('dead') },
    matches: ({ name }) => name === 'PageView',
  },
  { what: 'undelivered, none found', search: { outcomes: outcomes('undelivered') }, matches: () => true },
];

/** A submission, possibly without the visitor. */
interface PartialSubmission {
  readonly id: string;
  readonly name: string;
  readonly user: Partial<Person>;
  readonly [field: string]: unknown;
}

/** Writes a week of a shop's events. The server reports a purchase without the visitor, and the page reports it without the e-mail. */
async function fillLog(log: EventLog, now: { at: number }, events: number): Promise<void> {
  const [site] = shopConfig({ dataDir: '/', endpoint: 'http://127.0.0.1:9', enabled: true }).sites;
  if (!site) throw new Error('The benchmark has no site');
  const ingest = { append: log.append.bind(log), now: () => now.at, newId: randomUUID };
  for (let from = 0; from < events; from += eventsPerPage) {
    now.at += (7 * dayMs) / (events / eventsPerPage) - 1;
    const count = Math.min(eventsPerPage, events - from);
    const samples = Array.from({ length: count }, (_, index) => buildSubmission(from + index, events, now.at));
    await ingestAll(samples, 'server', site, ingest);
    const duplicates = samples.filter(({ name }) => name === 'Purchase');
    await ingestAll(
      duplicates.map((one) => ({ ...one, ...buildBrowserFields(Number(one.id.split('-').at(-1)), now.at) })),
      'browser',
      site,
      ingest,
    );
  }
}

function buildSubmission(index: number, events: number, now: number): PartialSubmission {
  const submission = createSubmission(index, numberedValues(`log-${index}`, index), Math.floor(index / 10) % 2 === 0, now);
  if (index % (events / 20) === 7) return { ...submission, id: `rare-${index}`, name: 'SignUp' };
  if (submission.name !== 'Purchase') return submission;
  const { user, clickIds: _, ...rest } = submission;
  const { anonymousId: _anonymousId, ...person } = user;
  return { ...rest, user: person };
}

function buildBrowserFields(index: number, now: number): Pick<Submission, 'user' | 'clickIds'> {
  const { user, clickIds } = createSubmission(index, numberedValues(`log-${index}`, index), false, now);
  return { user, clickIds };
}

async function ingestAll(
  submissions: readonly PartialSubmission[],
  reporter: 'browser' | 'server',
  site: Site,
  ingest: Parameters<typeof ingestServerEvents>[3],
): Promise<void> {
  const { accepted } = await ingestServerEvents(submissions, { reporter, gpc: false }, site, ingest);
  if (accepted !== submissions.length) throw new Error('The event log did not accept all events of the benchmark');
}

/** Runs the real consumer over the whole log. The run without the index computes its entries too. */
async function runConsumer(log: EventLog, file: string, isIndexed: boolean, events: number): Promise<ConsumerCost> {
  const store = await openSqliteStore(file, { now: Date.now });
  const storeWithoutIndex: Store = {
    ...store,
    commitIdentity: (lease, { index: _, ...commit }) => store.commitIdentity(lease, commit),
  };
  const last = (await log.heads()).get(siteId) ?? startOffset;
  const before = process.cpuUsage();
  await new Promise<void>((resolve) => {
    const identity: IdentityConsumer = new IdentityConsumer({
      log,
      store: isIndexed ? store : storeWithoutIndex,
      clock: systemClock,
      owner: 'bench',
      leaseTtlMs: dayMs,
      createLogger: () => createLogger('warn', process.stderr),
      onFault: (_, error) => console.error(error),
      onProgress: (_, cursor) => cursor === last && void identity.stop().then(resolve),
    });
    identity.addSite(siteId);
  });
  const { user, system } = process.cpuUsage(before);
  await store.close();
  return { cpuMicros: (user + system) / events, stateBytes: statSync(file).size };
}

async function* readPages(log: EventLog) {
  for (let page = await log.read(siteId, startOffset, unbounded); page.records.length > 0; ) {
    yield page.records;
    page = await log.read(siteId, page.lastOffset, unbounded);
  }
}

/** Writes outcomes: 1 of 1,000 dead, 1 of 20 denied, the rest delivered, further reports duplicates. */
async function writeOutcomes(log: EventLog, store: Store): Promise<void> {
  const lease = await store.acquireLease(consumer, 'bench', dayMs);
  if (!lease) throw new Error('The benchmark has no lease');
  let settledCount = 0;
  for await (const records of readPages(log)) {
    const offsets = records.filter(({ key }) => !isSignalName(key)).map(({ offset }) => offset);
    const duplicates = await store.findDuplicates(siteId, offsets[0] ?? startOffset, offsets.at(-1) ?? startOffset);
    const toOutcome = (offset: Offset): EventOutcome => {
      settledCount += 1;
      if (duplicates.has(offset)) return 'duplicate';
      if (settledCount % 1_000 === 0) return 'dead';
      return settledCount % 20 === 0 ? 'consent-denied' : 'delivered';
    };
    for (let from = 0; from < offsets.length; from += eventsPerBlock) {
      const block = offsets.slice(from, from + eventsPerBlock);
      const entries = block.map((offset) => ({ offset, outcome: toOutcome(offset), issues: [] }));
      await store.commitDelivery(lease, { state: createState(block.at(-1) ?? startOffset), outcomes: entries });
    }
  }
}

function createState(cursor: Offset) {
  const breaker = { failures: 0, recent: [], failedProbes: null, notBefore: 0 };
  return { cursor, pause: null, breaker, verdicts: '', settingsDigest: '', settingsChangedAt: 0, inDoubt: 0 };
}

/** Searches page by page, as the CLI does, until there are enough matches. Returns their number. */
async function countBySearch(store: Store, search: Omit<EventSearch, 'limit'>): Promise<number> {
  let found = 0;
  let before: Offset | undefined;
  do {
    const page: Awaited<ReturnType<Store['searchEvents']>> = await store.searchEvents(siteId, {
      ...search,
      limit: limit - found,
      ...(before !== undefined && { before }),
    });
    found += page.offsets.length;
    before = page.before;
  } while (before !== undefined && found < limit);
  return found;
}

async function countByScan(log: EventLog, matches: (event: Event) => boolean): Promise<number> {
  let found = 0;
  for await (const records of readPages(log)) {
    for (const { body } of records) if ('bytes' in body && matches(parseEvent(body.bytes))) found += 1;
  }
  return found;
}
