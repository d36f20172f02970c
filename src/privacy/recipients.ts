import type { Site } from '../event/site.ts';
import type { UnixMs } from '../event/units.ts';
import type { Offset } from '../storage/log/event-log.ts';
import type { AttemptRecord } from '../storage/store/attempts.ts';

/** What a platform got of the person, as far as Convey still knows its requests. */
export interface Recipient {
  readonly connection: string;
  /** Absent where the connection is in the config file no longer. */
  readonly destination?: string;
  readonly events: number;
  /** Events in requests whose answer never came: nobody knows. */
  readonly inDoubt: number;
  /** Of the requests, the first and the last. */
  readonly first: UnixMs;
  readonly last: UnixMs;
}

/** Gathers from the attempts who received what. */
export class RecipientReport {
  readonly #site: Site;
  readonly #by = new Map<string, { delivered: Set<Offset>; doubtful: Set<Offset>; first: UnixMs; last: UnixMs }>();

  constructor(site: Site) {
    this.#site = site;
  }

  add({ consumer: pump, startedAt, settled }: AttemptRecord, offsets: readonly Offset[]): void {
    const isDelivered = settled?.result === 'delivered';
    if (!isDelivered && settled !== undefined && settled.result !== 'replaced' && settled.result !== 'unknown') return;
    const connection = pump.slice(this.#site.id.length + 1);
    const before = this.#by.get(connection) ?? { delivered: new Set(), doubtful: new Set(), first: startedAt, last: startedAt };
    for (const offset of offsets) (isDelivered ? before.delivered : before.doubtful).add(offset);
    const [first, last] = [Math.min(before.first, startedAt), Math.max(before.last, startedAt)];
    this.#by.set(connection, { ...before, first, last });
  }

  all(): readonly Recipient[] {
    return [...this.#by].map(([connection, { delivered, doubtful, first, last }]) => {
      const destination = this.#site.connections.find(({ id }) => id === connection)?.destination;
      const inDoubt = [...doubtful].filter((offset) => !delivered.has(offset)).length;
      return { connection, ...(destination !== undefined && { destination }), events: delivered.size, inDoubt, first, last };
    });
  }
}
