import { hash, randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { consider, type Member } from '../src/delivery/plan.ts';
import type { Platform } from '../src/destinations/kit/destination.ts';
import type { Json } from '../src/event/issue.ts';
import type { Site } from '../src/event/site.ts';
import { accept } from '../src/ingest/accept.ts';
import { parseJson } from '../src/ingest/json.ts';
import { type Normalised, type Sample, sample } from './events.ts';
import { foundOf } from './found.ts';
import { shopConfig } from './place.ts';
import { type Bench, compared, interleave, median, type Row } from './rounds.ts';

const eventsPerBatch = 1_000;
const warmUpBatches = 5;

interface Costs {
  readonly accept: number;
  readonly map: number;
  readonly encode: number;
}

/** What one event costs in CPU time from the bytes of its submission to its place in a request's body, without any I/O. */
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
      () => repeat(size.batchesPerRound, () => work.straight().micros),
    );
    const part = (name: keyof Costs) => median(pairs.map(({ subject }) => mean(subject.map((costs) => costs[name]))));
    rows.push({
      what: `mapping and hashing, ${who}`,
      unit: 'CPU µs/event',
      ...compared(
        'straight-line script',
        pairs.map(({ subject, reference }) => ({
          subject: mean(subject.map(({ accept, map, encode }) => accept + map + encode)),
          reference: mean(reference),
        })),
      ),
      notes: { acceptMicros: part('accept'), mapMicros: part('map'), encodeMicros: part('encode') },
    });
    progress(`mapping: ${who} done`);
  }
  return rows;
}

/** One batch for both, which end in the same bytes: a reference that did less would flatter nobody. */
function prepare(known: boolean) {
  const { sites, platformOf } = shopConfig({ dataDir: '/', endpoint: 'http://127.0.0.1:9', enabled: true });
  const [site] = sites;
  const [connection] = site?.connections ?? [];
  if (!site || !connection) throw new Error('The benchmark has no connection');
  const platform = platformOf(connection);
  const now = Date.now();
  const samples = Array.from({ length: eventsPerBatch }, (_, index) => sample(index, { run: 'map', known, now }));
  const bodies = samples.map(({ submission }) => Buffer.from(JSON.stringify(submission)));

  const through = throughConvey(bodies, site, platform);
  const { data, ...envelope }: { data: readonly ReadyPayload[] } = JSON.parse(through.body);
  const straight = () => straightLine(bodies, samples, data, envelope);
  if (data.length !== eventsPerBatch || straight().body !== through.body) {
    throw new Error('The straight-line script and Convey do not make the same request, so they cannot be compared');
  }
  return { convey: () => throughConvey(bodies, site, platform).costs, straight };
}

/** The gateway's own steps in their order, in three parts. What stands between them in the gateway is I/O. */
function throughConvey(bodies: readonly Uint8Array[], site: Site, platform: Platform): { body: string; costs: Costs } {
  const now = Date.now();
  const accepting = stopwatch();
  const stored = bodies.map((bytes) => {
    const parsed = parseJson(bytes);
    const accepted = accept(
      'value' in parsed ? parsed.value : undefined,
      { reporter: 'server', gpc: false },
      site,
      now,
      randomUUID,
    );
    if (!('event' in accepted)) throw new Error('An event of the benchmark was rejected');
    return Buffer.from(JSON.stringify(accepted.event));
  });
  const acceptMicros = accepting();

  const mapping = stopwatch();
  const context = { platform, bots: site.bots, purchaseHoldMs: 0, now };
  const members = stored.map((bytes, index): Member => {
    const record = { offset: String(index), key: '', at: now, body: { bytes } };
    const considered = consider(foundOf(record), context);
    if (!('member' in considered)) throw new Error('An event of the benchmark would not be sent');
    return considered.member;
  });
  const mapMicros = mapping();

  const encoding = stopwatch();
  const { body } = platform.encode(members.map(({ payload }) => payload));
  return { body, costs: { accept: acceptMicros, map: mapMicros, encode: encoding() } };
}

interface ReadyPayload {
  readonly userData: Readonly<Record<string, string>>;
  readonly [field: string]: Json;
}

/** What nobody can leave out: parse the submission, hash the values, which come normalised, and write the request's body. */
function straightLine(
  bodies: readonly Buffer[],
  samples: readonly Sample[],
  ready: readonly ReadyPayload[],
  envelope: object,
): { body: string; micros: number } {
  const measured = stopwatch();
  const data = ready.map((payload, index) => {
    JSON.parse((bodies[index] ?? Buffer.alloc(0)).toString());
    const normalised = samples[index]?.normalised;
    return normalised ? { ...payload, userData: { ...payload.userData, ...hashed(normalised) } } : payload;
  });
  const body = JSON.stringify({ data, ...envelope });
  return { body, micros: measured() };
}

/** All five forms, of which Microsoft takes three: the others are kept for the platforms to come. */
function hashed({ emailMicrosoft, emailPlain, phoneE164, phoneDigits, externalId }: Normalised) {
  for (const other of [emailPlain, phoneDigits]) hash('sha256', other);
  return { em: hash('sha256', emailMicrosoft), ph: hash('sha256', phoneE164), externalId: hash('sha256', externalId) };
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
