import type { Reporter } from '../../event/event.ts';
import type { IngestResponse } from './append-events.ts';

/** Counts what comes in. Signals of a browser are not events, and are not counted. */
export interface IngestMetrics {
  /** Events of a body that was read, before anything became of them. */
  received(site: string, reporter: Reporter, events: number): void;
  /** What became of them. Told once they are durable. */
  taken(site: string, reporter: Reporter, taken: Pick<IngestResponse, 'accepted' | 'duplicates' | 'rejected'>): void;
  /** A request that was not taken, by the code of the error. */
  refused(reason: string): void;
}
