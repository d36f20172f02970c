import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Config } from '../src/config/config.ts';
import type { Site } from '../src/event/site.ts';
import { ingestServerEvents } from '../src/ingest/accept/append-events.ts';
import type { NewRecord } from '../src/storage/log/event-log.ts';
import { openSqliteLog } from '../src/storage/log/sqlite-log.ts';
import { sample } from './events.ts';

const recordsPerAppend = 1_000;
const eventsPerVisitor = 10;
const kinds = 10;
/** Stands for the number of an event that is still to come; its visitor's has twelve digits, as every visitor's. */
const standIn = 275_760_000_000_000;

/**
 * Appends the events from number `from` up to, but without, `to`: ten to a visitor, and every other visitor is somebody whom the
 * shop knows. Each is as accepting made it, but for the id and all that tells one person from another, which are filled in: a
 * log of millions stands in minutes. Answers the last one's id.
 */
export async function fillLog({ dataDir, sites }: Config, from: number, to: number): Promise<string> {
  const [site] = sites;
  if (!site) throw new Error('The benchmark has no site');
  const forms = { known: await formsOf(site, true), unknown: await formsOf(site, false) };
  const record = (index: number) => {
    const visitor = Math.floor(index / eventsPerVisitor);
    const form = (visitor % 2 === 0 ? forms.known : forms.unknown)[index % kinds];
    if (!form) throw new Error('The benchmark has no such event');
    return form(idOf(index), hexOf(visitor));
  };
  const log = await openSqliteLog(join(dataDir, 'log.db'), { now: Date.now });
  let last = Promise.resolve();
  for (let first = from; first < to; first += recordsPerAppend) {
    const records = Array.from({ length: Math.min(recordsPerAppend, to - first) }, (_, index) => record(first + index));
    // The next records are made while these are written.
    await last;
    last = log.append(records).then((appended) => {
      if (appended.some((one) => 'duplicate' in one)) throw new Error('The log did not take every event of the benchmark');
    });
  }
  await last;
  await log.close();
  return idOf(to - 1);
}

type Form = (id: string, hex: string) => NewRecord;

/** A record of each kind, with gaps for an event's id and a visitor's digits. */
async function formsOf(site: Site, known: boolean): Promise<readonly Form[]> {
  const records: NewRecord[] = [];
  const append = async (taken: readonly NewRecord[]) => {
    records.push(...taken);
    return taken.map(() => ({ offset: '' }));
  };
  const now = Date.now();
  const submissions = Array.from({ length: kinds }, (_, kind) => sample(standIn + kind, { run: 'log', known, now }));
  await ingestServerEvents(submissions, { reporter: 'server', gpc: false }, site, { append, now: () => now, newId: randomUUID });
  return records.map(({ partition, key, bytes }, kind): Form => {
    const gap = hexOf(standIn + kind);
    const parts = Buffer.from(bytes)
      .toString()
      // Hashes of one person's values differ from another's in a few of their digits, which is enough for a benchmark.
      .replace(/"[0-9a-f]{12}(?=[0-9a-f]{52}")/g, `"${gap}`)
      .split(idOf(standIn + kind))
      .map((part) => part.split(gap));
    if (parts.length < 2 || parts.flat().length < 4) throw new Error('An event of the benchmark has lost its id or its visitor');
    const [name] = key.split(idOf(standIn + kind));
    const rest = key.slice((name ?? '').length + idOf(standIn + kind).length);
    return (id, hex) => ({
      partition,
      key: `${name}${id}${rest}`,
      bytes: new TextEncoder().encode(parts.map((part) => part.join(hex)).join(id)),
    });
  });
}

function idOf(index: number): string {
  return `log-${index}`;
}

/** As `sample` writes a visitor's digits. */
function hexOf(index: number): string {
  return (index + 1).toString(16).padStart(12, '0');
}
