import { setTimeout as sleep } from 'node:timers/promises';
import { parseEventKey } from '../../src/event/event-key.ts';
import { hourMs } from '../../src/event/units.ts';

/**
 * Sends denied page views, each with the banner's version that follows from its id, and compares the counts of consent with the stored records
 * row by row. A sum of all rows would hide that one choice counted twice and another one never.
 */

/** Fewer than an hour of a source may have. */
const versions = 40;
const eventsAtOnce = 20;
const prefix = 'choice-';
const agent = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';

/** The limits that let one address send the load. */
export const choiceCollector = { perAddress: { perSecond: 100_000, burst: 1_000_000 } };

export interface ChoiceDriver {
  /** The ids that were acknowledged. */
  readonly acknowledged: ReadonlySet<string>;
  /** Sends batches until `isOver`. One that was not acknowledged is sent again, also by the next call, as browsers do. */
  load(url: string, isOver: () => boolean): Promise<void>;
  /** Returns the acknowledged ids that are not stored. */
  findUnstored(records: readonly StoredRecord[]): readonly string[];
}

const versionOf = (id: string) => `v${Number(id.slice(prefix.length)) % versions}`;

/** @param writeKey the public key of the site */
export function createChoiceDriver(writeKey: string): ChoiceDriver {
  const acknowledged = new Set<string>();
  let issued = 0;
  let ids: readonly string[] = [];
  const send = async (url: string) => {
    const events = ids.map((id) => {
      const consent = { adStorage: 'denied', source: 'call', explicit: true, version: versionOf(id) };
      return { id, name: 'PageView', consent, page: { url: 'https://shop.example/' } };
    });
    const body = JSON.stringify({ writeKey, sentAt: Date.now(), events });
    const headers = { origin: 'https://shop.example', 'user-agent': agent };
    const answer = await fetch(`${url}/e`, { method: 'POST', headers, body, signal: AbortSignal.timeout(8_000) });
    await answer.arrayBuffer();
    return answer.status === 202;
  };
  return {
    acknowledged,
    async load(url, isOver) {
      while (!isOver()) {
        if (ids.length === 0) ids = Array.from({ length: eventsAtOnce }, () => `${prefix}${issued++}`);
        if (await send(url).catch(() => false)) {
          for (const id of ids) acknowledged.add(id);
          ids = [];
        } else await sleep(20);
      }
    },
    findUnstored(records) {
      const stored = new Set(records.map(({ key }) => parseEventKey(key).id));
      return [...acknowledged].filter((id) => !stored.has(id));
    },
  };
}

export type CountedRow = {
  readonly site: string;
  readonly bucket: number;
  readonly source: string;
  readonly version: string;
  readonly choice: string;
  readonly events: number;
};

export type StoredRecord = {
  readonly partition: string;
  readonly key: string;
  readonly at: number;
};

/** Reads all rows of the counts, and all records that count. Both databases take it. */
export const countedRowsSql = 'SELECT site, bucket, source, version, choice, events FROM consent_counts';
export const storedRecordsSql = `SELECT "partition", key, at FROM records WHERE key NOT LIKE '$%' AND "partition" NOT LIKE '%!rejected'`;

/** Returns each row whose number of events is not that of the stored records: `row: counted, stored`. */
export function findMiscounts(rows: readonly CountedRow[], records: readonly StoredRecord[]): readonly string[] {
  const counted = new Map<string, number>();
  const stored = new Map<string, number>();
  const add = (sums: Map<string, number>, parts: readonly (string | number)[], events: number) => {
    const row = parts.join(' ');
    sums.set(row, (sums.get(row) ?? 0) + events);
  };
  for (const { site, bucket, source, version, choice, events } of rows)
    add(counted, [site, Number(bucket), source, version, choice], Number(events));
  for (const { partition, key, at } of records) {
    const { id } = parseEventKey(key);
    const bucket = Number(at) - (Number(at) % hourMs);
    const isDenied = id.startsWith(prefix);
    add(stored, [partition, bucket, ...(isDenied ? ['call', versionOf(id), 'denied'] : ['server', '', 'granted'])], 1);
  }
  return [...new Set([...counted.keys(), ...stored.keys()])].flatMap((row) => {
    const [one = 0, other = 0] = [counted.get(row), stored.get(row)];
    return one === other ? [] : [`${row}: ${one}, ${other}`];
  });
}
