import type { Site } from '../event/site.ts';
import type { UnixMs } from '../event/units.ts';
import type { Offset } from '../storage/log/event-log.ts';
import type { AttemptRecord, AttemptResult } from '../storage/ports/attempts.ts';

/** The events of the person that a platform received, according to the requests that Convey still stores. */
export interface Recipient {
  readonly connection: string;
  /** Undefined if the connection has been removed from the config. */
  readonly destination?: string;
  readonly events: number;
  /** Events in requests without a response. The platform may have received them. */
  readonly inDoubt: number;
  /** Times of the first and the last request. */
  readonly first: UnixMs;
  readonly last: UnixMs;
}

/** Results of requests that the platform received. */
const receivedResults: ReadonlySet<AttemptResult> = new Set(['delivered', 'awaiting-verdict', 'unverified']);

/** Collects the recipients from the attempts. */
export class RecipientReport {
  readonly #site: Pick<Site, 'id' | 'connections'>;
  readonly #by = new Map<string, { delivered: Set<Offset>; doubtful: Set<Offset>; first: UnixMs; last: UnixMs }>();

  constructor(site: Pick<Site, 'id' | 'connections'>) {
    this.#site = site;
  }

  add({ consumer, startedAt, settled }: AttemptRecord, offsets: readonly Offset[]): void {
    const isDelivered = settled !== undefined && receivedResults.has(settled.result);
    if (!isDelivered && settled !== undefined && settled.result !== 'replaced' && settled.result !== 'unknown') return;
    const connection = consumer.slice(this.#site.id.length + 1);
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
