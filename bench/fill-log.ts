import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../src/config/config.ts';
import type { Site } from '../src/event/site.ts';
import { ingestServerEvents } from '../src/ingest/accept/append-events.ts';
import type { NewRecord } from '../src/storage/log/event-log.ts';
import { openSqliteLog } from '../src/storage/log/sqlite-log.ts';
import { createSubmission } from './events.ts';

const recordsPerAppend = 1_000;
const eventsPerVisitor = 10;
const kinds = 10;
/** A placeholder for an event's number; its visitor number has twelve digits, as all visitor numbers. */
const placeholder = 275_760_000_000_000;

/**
 * Appends the events from number `from` up to `to`, exclusive: ten per visitor, and every other visitor is known to the shop. Each event
 * is a copy of an accepted event with another id and other identifiers, so that a log of millions takes minutes. Returns the last id.
 */
export async function fillLog({ dataDir, sites }: Config, from: number, to: number): Promise<string> {
  const [site] = sites;
  if (!site) throw new Error('The benchmark has no site');
  const templates = { known: await createTemplates(site, true), unknown: await createTemplates(site, false) };
  const record = (index: number) => {
    const visitor = Math.floor(index / eventsPerVisitor);
    const template = (visitor % 2 === 0 ? templates.known : templates.unknown)[index % kinds];
    if (!template) throw new Error('The benchmark has no such event');
    return template(toEventId(index), toVisitorHex(visitor));
  };
  const log = await openSqliteLog(join(dataDir, 'log.db'), { now: Date.now });
  let last = Promise.resolve();
  for (let first = from; first < to; first += recordsPerAppend) {
    const records = Array.from({ length: Math.min(recordsPerAppend, to - first) }, (_, index) => record(first + index));
    // The next records are created while these are written.
    await last;
    last = log.append(records).then((appended) => {
      if (appended.some((one) => 'duplicate' in one)) throw new Error('The event log did not accept all events of the benchmark');
    });
  }
  await last;
  await log.close();
  return toEventId(to - 1);
}

type Template = (id: string, hex: string) => NewRecord;

/** Returns a record template of each kind, with gaps for the event's id and the visitor's digits. */
async function createTemplates(site: Site, known: boolean): Promise<readonly Template[]> {
  const records: NewRecord[] = [];
  const append = async (appended: readonly NewRecord[]) => {
    records.push(...appended);
    return appended.map(() => ({ offset: '' }));
  };
  const now = Date.now();
  const submissions = Array.from({ length: kinds }, (_, kind) =>
    createSubmission(placeholder + kind, { run: 'log', known, now }),
  );
  await ingestServerEvents(submissions, { reporter: 'server', gpc: false }, site, { append, now: () => now, newId: randomUUID });
  return records.map(({ partition, key, bytes }, kind): Template => {
    const gap = toVisitorHex(placeholder + kind);
    const parts = Buffer.from(bytes)
      .toString()
      // Hashes of different persons differ in a few digits only, which suffices for a benchmark.
      .replace(/"[0-9a-f]{12}(?=[0-9a-f]{52}")/g, `"${gap}`)
      .split(toEventId(placeholder + kind))
      .map((part) => part.split(gap));
    if (parts.length < 2 || parts.flat().length < 4) throw new Error('A benchmark event has no id or no visitor');
    const [name] = key.split(toEventId(placeholder + kind));
    const rest = key.slice((name ?? '').length + toEventId(placeholder + kind).length);
    return (id, hex) => ({
      partition,
      key: `${name}${id}${rest}`,
      bytes: new TextEncoder().encode(parts.map((part) => part.join(hex)).join(id)),
    });
  });
}

function toEventId(index: number): string {
  return `log-${index}`;
}

/** Formats a visitor's digits as `createSubmission` does. */
function toVisitorHex(index: number): string {
  return (index + 1).toString(16).padStart(12, '0');
}
