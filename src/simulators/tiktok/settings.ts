import { type JournalLimits, journalLimits } from '../kit/journal-store.ts';

/**
 * Settings of the behaviour that TikTok's pages do not define, and of the simulator itself. The pages define the thousand events, the 48 hours
 * and the five minutes. All other defaults are assumptions.
 *
 * @source https://business-api.tiktok.com/portal/docs?id=1771101303285761 (2026-08-10) and
 * https://ads.tiktok.com/help/article/event-deduplication (2025-05-01)
 */
export interface Settings extends JournalLimits {
  /** The status of the answer to an unknown token: senders saw both. */
  readonly refusedTokenStatus: 200 | 401;
  readonly maxEvents: number;
  /** Maximum bytes of a request's body. */
  readonly maxBodyBytes: number;
  /** Maximum nesting of a request's body. */
  readonly maxBodyDepth: number;
  readonly maxAgeSeconds: number;
  /** How far ahead an event's time may be. */
  readonly maxFutureSeconds: number;
  /** Time after the first report in which another one of the same event does not count. */
  readonly dedupWindowMs: number;
  /** Time after the first report in which the other source's report adds its data. */
  readonly mergeWindowMs: number;
  /** Maximum bytes of a beacon. */
  readonly maxBeaconBytes: number;
  /** The delay of the fault `slow`. */
  readonly slowMs: number;
}

export const defaults: Settings = {
  refusedTokenStatus: 200,
  maxEvents: 1_000,
  maxBodyBytes: 1_000_000,
  maxBodyDepth: 64,
  maxAgeSeconds: 7 * 86_400,
  maxFutureSeconds: 600,
  dedupWindowMs: 48 * 3_600_000,
  mergeWindowMs: 5 * 60_000,
  maxBeaconBytes: 64_000,
  slowMs: 2_000,
  ...journalLimits,
};
