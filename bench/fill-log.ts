import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../src/config/config.ts';
import type { Site } from '../src/event/site.ts';
import type { UnixMs } from '../src/event/units.ts';
import { ingestServerEvents } from '../src/ingest/accept/append-events.ts';
import type { NewRecord } from '../src/storage/log/event-log.ts';
import { openSqliteLog } from '../src/storage/log/sqlite-log.ts';
import { createSubmission } from './events.ts';
import { createPopulation, type DataKind, dataKind, type EventValues, numberedValues, randomHex } from './population.ts';

const recordsPerAppend = 1_000;
const eventsPerVisitor = 10;
const kinds = 10;

/** The events of a fill, from number `from` up to `to`, exclusive. */
export const fillSchema = z.object({
  from: z.int(),
  to: z.int(),
  data: dataKind,
  /**
   * Makes each event the purchase of another known visitor, and identifiers grow from the first event to the last. The tables then have the
   * content of random ones, and are filled in a fraction of the time.
   */
  isAscending: z.boolean().exactOptional(),
  /** The age of the events. */
  ageMs: z.number().exactOptional(),
});
export type Fill = z.output<typeof fillSchema>;

/**
 * Appends events to the log. Each is a copy of an accepted event with another id and other identifiers, so that a log of millions takes
 * minutes. Ordered: ten per visitor, and every other visitor is known to the shop. Returns the last id.
 */
export async function fillLog(
  { dataDir, sites }: Config,
  { from, to, data, isAscending = false, ageMs = 0 }: Fill,
): Promise<string> {
  const [site] = sites;
  if (!site) throw new Error('The benchmark has no site');
  const now = () => Date.now() - ageMs;
  const templates = { known: await createTemplates(site, true, now()), unknown: await createTemplates(site, false, now()) };
  let index = from;
  const prefix = () => (isAscending ? toPrefix((index - from) / (to - from)) : '');
  const population = createPopulation(prefix, isAscending ? [1] : undefined);
  let person: Person | undefined;
  let lastId = '';
  const nextRecord = () => {
    const number = Math.floor(index / eventsPerVisitor);
    const values = data === 'random' ? population.next() : numberedValues(`log-${index}`, number);
    if (person?.visitor !== values.visitor)
      person = createPerson(values.visitor, isAscending || number % 2 === 0, data, prefix(), number);
    const template = (person.isKnown ? templates.known : templates.unknown)[isAscending ? kinds - 1 : index % kinds];
    if (!template) throw new Error('The benchmark has no such event');
    index += 1;
    lastId = values.id;
    return template(values, person.hash);
  };
  const log = await openSqliteLog(join(dataDir, 'log.db'), { now });
  let last = Promise.resolve();
  while (index < to) {
    const records = Array.from({ length: Math.min(recordsPerAppend, to - index) }, nextRecord);
    // The next records are created while these are written.
    await last;
    last = log.append(records).then((appended) => {
      if (appended.some((one) => 'duplicate' in one)) throw new Error('The event log did not accept all events of the benchmark');
    });
  }
  await last;
  await log.close();
  return lastId;
}

/** The hashes of a visitor. */
interface Person {
  readonly visitor: string;
  readonly isKnown: boolean;
  /** Returns the hash in the place of one of the template's. */
  readonly hash: (original: string) => string;
}

function createPerson(visitor: string, isKnown: boolean, data: DataKind, prefix: string, number: number): Person {
  // Ordered hashes of different persons differ in a few digits only.
  const digits = number.toString(16).padStart(12, '0');
  if (data === 'ordered') return { visitor, isKnown, hash: (original) => digits + original.slice(digits.length) };
  const hashes = new Map<string, string>();
  return {
    visitor,
    isKnown,
    hash(original) {
      const hash = hashes.get(original) ?? prefix + randomHex(64 - prefix.length);
      hashes.set(original, hash);
      return hash;
    },
  };
}

type Template = (values: EventValues, hash: (original: string) => string) => NewRecord;

const sample: EventValues = {
  id: 'gap-of-id',
  visitor: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  click: 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb',
  load: 'cccccccc-cccc-4ccc-8ccc-cccccccccccc',
  email: 'jane@mail.example',
  phone: '+1 (425) 555-0100',
  customer: 'gap-of-customer',
  order: 'gap-of-order',
};
const gaps: readonly (keyof EventValues)[] = ['id', 'visitor', 'click', 'load', 'order'];
const gap = new RegExp(`(${gaps.map((name) => sample[name]).join('|')}|(?<=")[0-9a-f]{64}(?="))`);

/** Returns a record template of each kind, with gaps for ids and hashes. */
async function createTemplates(site: Site, known: boolean, now: UnixMs): Promise<readonly Template[]> {
  const records: NewRecord[] = [];
  const append = async (appended: readonly NewRecord[]) => {
    records.push(...appended);
    return appended.map(() => ({ offset: '' }));
  };
  for (let kind = 0; kind < kinds; kind++) {
    const submission = createSubmission(kind, sample, known, now);
    await ingestServerEvents([submission], { reporter: 'server', gpc: false }, site, {
      append,
      now: () => now,
      newId: randomUUID,
    });
  }
  return records.map(({ partition, key, bytes }): Template => {
    const parts = Buffer.from(bytes).toString().split(gap);
    if (parts.length < 7) throw new Error('A benchmark event has no id or no visitor');
    const [beforeId = '', afterId = ''] = key.split(sample.id);
    const named = parts.map((part) => gaps.find((name) => sample[name] === part));
    return (values, hash) => {
      const fill = (part: string, index: number) => {
        if (index % 2 === 0) return part;
        const name = named[index];
        return name === undefined ? hash(part) : values[name];
      };
      return {
        partition,
        key: beforeId + values.id + afterId,
        bytes: new TextEncoder().encode(parts.map(fill).join('')),
      };
    };
  });
}

/** Returns four hexadecimal digits that grow with the share. */
function toPrefix(share: number): string {
  return Math.floor(share * 65_536)
    .toString(16)
    .padStart(4, '0');
}
