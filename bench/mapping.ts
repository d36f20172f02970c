import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type BatchMember, decide } from '../src/delivery/planning/decide.ts';
import type { BoundDestination } from '../src/destinations/kit/destination.ts';
import type { Site } from '../src/event/site.ts';
import { hashExternalId } from '../src/identity/hashing.ts';
import { normalizeEmail, normalizePhone, parsePhone } from '../src/identity/normal-forms.ts';
import { acceptEvent } from '../src/ingest/accept/accept.ts';
import { parseJson } from '../src/ingest/http/parse-json.ts';
import { type Person, sample } from './events.ts';
import { type Bench, compared, interleave, median, type Row } from './interleaved-rounds.ts';
import { foundOf } from './loaded-event.ts';
import { straightLine } from './minimal-script.ts';
import { shopConfig } from './workspace.ts';

const eventsPerBatch = 1_000;
const warmUpBatches = 5;
const country = 'US';

interface Costs {
  /** From the submission's bytes to those of the log, hashing included. */
  readonly accept: number;
  /** The person's values alone, from raw to hashed; measured apart, and part of `accept` too. */
  readonly hash: number;
  readonly map: number;
  readonly encode: number;
}

/** What one event costs in CPU time, without any I/O: the mapping alone, and the whole way from the bytes of its submission. */
export async function measureMapping({ size, progress }: Bench): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const known of [true, false]) {
    const who = known ? 'with raw e-mail and phone' : 'without personal values';
    const work = prepare(known);
    for (let batch = 0; batch < Math.min(warmUpBatches, size.batchesPerRound); batch++) {
      work.convey();
      work.straight();
    }
    const pairs = await interleave(
      size.rounds,
      () => repeat(size.batchesPerRound, work.convey),
      () => repeat(size.batchesPerRound, work.straight),
    );
    const part = (name: keyof Costs) => median(pairs.map(({ subject }) => mean(subject.map((costs) => costs[name]))));
    const beside = (sum: (costs: Costs) => number) =>
      compared(
        'straight-line script, from the submission',
        pairs.map(({ subject, reference }) => ({ subject: mean(subject.map(sum)), reference: mean(reference) })),
      );
    rows.push(
      {
        what: `mapping, hashing and encoding, ${who}`,
        unit: 'CPU µs/event',
        ...beside(({ hash, map, encode }) => hash + map + encode),
        aim: { of: 'ratio', bound: 'at most', value: 2 },
        notes: { hashMicros: part('hash'), mapMicros: part('map'), encodeMicros: part('encode') },
      },
      {
        what: `the same with acceptance, ${who}`,
        unit: 'CPU µs/event',
        ...beside(({ accept, map, encode }) => accept + map + encode),
        notes: { acceptMicros: part('accept') },
      },
    );
    progress(`mapping: ${who} done`);
  }
  return rows;
}

/** One batch for both, which end in the same bytes: a reference that did less would flatter nobody. */
function prepare(known: boolean): { convey: () => Costs; straight: () => number } {
  const { sites, platformOf } = shopConfig({ dataDir: '/', endpoint: 'http://127.0.0.1:9', enabled: true });
  const [site] = sites;
  const [connection] = site?.connections ?? [];
  if (!site || !connection) throw new Error('The benchmark has no connection');
  const destination = platformOf(connection);
  const now = Date.now();
  const samples = Array.from({ length: eventsPerBatch }, (_, index) => sample(index, { run: 'map', known, now }));
  const people = samples.map(({ user }) => user);
  const bodies = samples.map((submission) => Buffer.from(JSON.stringify(submission)));

  if (straightLine(bodies) !== throughConvey(bodies, people, site, destination).body) {
    throw new Error('The straight-line script and Convey do not make the same request, so they cannot be compared');
  }
  return {
    convey: () => throughConvey(bodies, people, site, destination).costs,
    straight: () => {
      const measured = stopwatch();
      straightLine(bodies);
      return measured();
    },
  };
}

/** The gateway's own steps in their order. What stands between them in the gateway is I/O. */
function throughConvey(
  bodies: readonly Uint8Array[],
  people: readonly Person[],
  site: Site,
  destination: BoundDestination,
): { body: string; costs: Costs } {
  const now = Date.now();
  const accepting = stopwatch();
  const stored = bodies.map((bytes) => {
    const parsed = parseJson(bytes);
    const submission = 'value' in parsed ? parsed.value : undefined;
    const accepted = acceptEvent(submission, { reporter: 'server', gpc: false }, site, now, randomUUID);
    if (!('event' in accepted)) throw new Error('An event of the benchmark was rejected');
    return Buffer.from(JSON.stringify(accepted.event));
  });
  const acceptMicros = accepting();

  const hashing = stopwatch();
  for (const person of people) hashPerson(person);
  const hashMicros = hashing();

  const mapping = stopwatch();
  const context = { destination, bots: site.bots, purchaseHoldMs: 0, purchases: site.purchases, now };
  const members = stored.map((bytes, index): BatchMember => {
    const record = { offset: String(index), key: '', at: now, body: { bytes } };
    const decision = decide(foundOf(record), context);
    if (!('member' in decision)) throw new Error('An event of the benchmark would not be sent');
    return decision.member;
  });
  const mapMicros = mapping();

  const encoding = stopwatch();
  const { body } = destination.encode(members.map(({ payload }) => payload));
  return { body, costs: { accept: acceptMicros, hash: hashMicros, map: mapMicros, encode: encoding() } };
}

/** What accepting asks of `identity/` for one person. */
function hashPerson({ email, phone, externalId }: Person): void {
  if (email !== undefined) normalizeEmail(email);
  const read = phone === undefined ? undefined : parsePhone(phone, country);
  if (read) normalizePhone(read);
  if (externalId !== undefined) hashExternalId(externalId);
}

/** Answers the CPU time of this process since, on all its threads, in microseconds per event of a batch. */
function stopwatch(): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / eventsPerBatch;
  };
}

async function repeat<T>(times: number, run: () => T): Promise<readonly T[]> {
  const results: T[] = [];
  while (results.length < times) {
    await nextTurn();
    results.push(run());
  }
  return results;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
