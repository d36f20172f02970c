import { type CommonSettings, commonDefaults } from '../kit/settings.ts';

/**
 * Settings of the behaviour that TikTok's pages do not define, and of the simulator itself. The pages define the thousand events, the 48 hours
 * and the five minutes. All other defaults are assumptions.
 *
 * @source https://business-api.tiktok.com/portal/docs?id=1771101303285761 (2026-08-10) and
 * https://ads.tiktok.com/help/article/event-deduplication (2025-05-01)
 */
export interface Settings extends CommonSettings {
  /** The status of the answer to an unknown token: senders saw both. */
  readonly refusedTokenStatus: 200 | 401;
  readonly maxEvents: number;
  readonly maxAgeSeconds: number;
  /** How far ahead an event's time may be. */
  readonly maxFutureSeconds: number;
  /** Time after the first report in which another one of the same event does not count. */
  readonly dedupWindowMs: number;
  /** Time after the first report in which the other source's report adds its data. */
  readonly mergeWindowMs: number;
  /** Maximum bytes of a beacon. */
  readonly maxBeaconBytes: number;
}

export const defaults: Settings = {
  ...commonDefaults,
  refusedTokenStatus: 200,
  maxEvents: 1_000,
  maxBodyBytes: 1_000_000,
  maxAgeSeconds: 7 * 86_400,
  maxFutureSeconds: 600,
  dedupWindowMs: 48 * 3_600_000,
  mergeWindowMs: 5 * 60_000,
  maxBeaconBytes: 64_000,
};
