import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BatchMember } from '../src/delivery/planning/batch-member.ts';
import { decide } from '../src/delivery/planning/decide.ts';
import type { BoundDestination } from '../src/destinations/kit/destination.ts';
import type { Site } from '../src/event/site.ts';
import { hashExternalId } from '../src/identity/hashing.ts';
import { normalizeEmail, normalizePhone, parsePhone } from '../src/identity/normal-forms.ts';
import { acceptEvent } from '../src/ingest/accept/accept.ts';
import { parseJson } from '../src/net/parse-json.ts';
import { createSubmissions, type Person } from './events.ts';
import { type Bench, compareRounds, interleave, median, type Row } from './interleaved-rounds.ts';
import { toLoadedEvent } from './loaded-event.ts';
import { runMinimalScript } from './minimal-script.ts';
import { shopConfig } from './workspace.ts';

const warmUpBatches = 5;
const country = 'US';

interface Costs {
  /** From the submission's bytes to those of the log, hashing included. */
  readonly accept: number;
  /** Normalizing and hashing the person's values; measured separately, and included in `accept`. */
  readonly hash: number;
  readonly map: number;
  readonly encode: number;
}

/** Measures the CPU time of one event without I/O: the mapping, and the complete path from the submission's bytes. */
export async function measureMapping({ size, progress }: Bench): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const known of [true, false]) {
    const variant = known ? 'with raw e-mail and phone' : 'without personal values';
    const work = prepare(known, size.mappedEvents);
    for (let batch = 0; batch < Math.min(warmUpBatches, size.batchesPerRound); batch++) {
      work.convey();
      work.minimal();
    }
    const pairs = await interleave(
      size.rounds,
      () => repeat(size.batchesPerRound, work.convey),
      () => repeat(size.batchesPerRound, work.minimal),
    );
    const computeMedianCost = (name: keyof Costs) =>
      median(pairs.map(({ subject }) => mean(subject.map((costs) => costs[name]))));
    const compare = (sum: (costs: Costs) => number) =>
      compareRounds(
        'minimal script, from the submission',
        pairs.map(({ subject, reference }) => ({ subject: mean(subject.map(sum)), reference: mean(reference) })),
      );
    rows.push(
      {
        what: `mapping, hashing and encoding, ${variant}`,
        unit: 'CPU µs/event',
        ...compare(({ hash, map, encode }) => hash + map + encode),
        aim: { of: 'figure', bound: 'at most', value: 12 },
        notes: {
          hashMicros: computeMedianCost('hash'),
          mapMicros: computeMedianCost('map'),
          encodeMicros: computeMedianCost('encode'),
        },
      },
      {
        what: `mapping with acceptance, ${variant}`,
        unit: 'CPU µs/event',
        ...compare(({ accept, map, encode }) => accept + map + encode),
        notes: { acceptMicros: computeMedianCost('accept') },
      },
    );
    progress(`mapping: ${variant} done`);
  }
  return rows;
}

/** Prepares one batch for both. Both have to produce the same bytes, so that the comparison is fair. */
function prepare(known: boolean, events: number): { convey: () => Costs; minimal: () => number } {
  const { sites, getPlatform } = shopConfig({ dataDir: '/', endpoint: 'http://127.0.0.1:9', enabled: true });
  const [site] = sites;
  const [connection] = site?.connections ?? [];
  if (!site || !connection) throw new Error('The benchmark has no connection');
  const destination = getPlatform(connection);
  const now = Date.now();
  const samples = createSubmissions(events, { data: 'random', run: 'map', known, now });
  const people = samples.map(({ user }) => user);
  const bodies = samples.map((submission) => Buffer.from(JSON.stringify(submission)));

  if (runMinimalScript(bodies) !== runConvey(bodies, people, site, destination).body) {
    throw new Error('The minimal script and Convey create different requests, so they cannot be compared');
  }
  return {
    convey: () => runConvey(bodies, people, site, destination).costs,
    minimal: () => {
      const readMicros = startStopwatch(events);
      runMinimalScript(bodies);
      return readMicros();
    },
  };
}

/** Runs the gateway's steps in order, without the I/O between them. */
function runConvey(
  bodies: readonly Uint8Array[],
  people: readonly Person[],
  site: Site,
  destination: BoundDestination,
): { body: string; costs: Costs } {
  const now = Date.now();
  const readAcceptMicros = startStopwatch(bodies.length);
  const stored = bodies.map((bytes) => {
    const parsed = parseJson(bytes);
    const submission = 'value' in parsed ? parsed.value : undefined;
    const accepted = acceptEvent(submission, { reporter: 'server', gpc: false }, site, now, randomUUID);
    if (!('event' in accepted)) throw new Error('A benchmark event was rejected');
    return Buffer.from(JSON.stringify(accepted.event));
  });
  const acceptMicros = readAcceptMicros();

  const readHashMicros = startStopwatch(bodies.length);
  for (const person of people) hashPerson(person);
  const hashMicros = readHashMicros();

  const readMapMicros = startStopwatch(bodies.length);
  const context = { destination, bots: site.bots, purchaseHoldMs: 0, purchases: site.purchases, timeZone: site.timeZone, now };
  const members = stored.map((bytes, index): BatchMember => {
    const record = { offset: String(index), key: '', at: now, body: { bytes } };
    const decision = decide(toLoadedEvent(record), context);
    if (!('member' in decision)) throw new Error('A benchmark event would not be sent');
    return decision.member;
  });
  const mapMicros = readMapMicros();

  const readEncodeMicros = startStopwatch(bodies.length);
  const { body } = destination.encode(members.map(({ text }) => text));
  return { body, costs: { accept: acceptMicros, hash: hashMicros, map: mapMicros, encode: readEncodeMicros() } };
}

/** Normalizes and hashes the values of one person, as acceptance does. */
function hashPerson({ email, phone, externalId }: Person): void {
  if (email !== undefined) normalizeEmail(email);
  const parsedPhone = phone === undefined ? undefined : parsePhone(phone, country);
  if (parsedPhone) normalizePhone(parsedPhone);
  if (externalId !== undefined) hashExternalId(externalId);
}

/** Returns a function that returns the process's CPU time since, on all threads, in microseconds per event. */
function startStopwatch(events: number): () => number {
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return (user + system) / events;
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
