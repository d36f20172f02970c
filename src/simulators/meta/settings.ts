import { type CommonSettings, commonDefaults } from '../kit/settings.ts';
import type { BeaconLimits } from '../kit/tag/beacon.ts';

/**
 * Settings of the behaviour that Meta's pages do not define, and of the simulator itself. The pages define the thousand events, the
 * seven and 62 days, the 48 hours and the five minutes. All other defaults are assumptions.
 *
 * @source https://developers.facebook.com/docs/marketing-api/conversions-api/using-the-api, /parameters/server-event and
 * /deduplicate-pixel-and-server-events (2026-09)
 */
export interface Settings extends CommonSettings, BeaconLimits {
  /** Refuses what Meta calls required and accepted in practice: a URL and a user agent of website events, no time ahead, short names. */
  readonly strict: boolean;
  /** Major versions of the Graph API that still respond. */
  readonly oldestVersion: number;
  readonly newestVersion: number;
  readonly maxEvents: number;
  readonly maxAgeSeconds: number;
  /** Maximum age of an event whose `action_source` is `physical_store`. */
  readonly maxStoreAgeSeconds: number;
  /** How far ahead an event's time may be in strict mode. */
  readonly maxFutureSeconds: number;
  /** Maximum characters of a custom event's name in strict mode. */
  readonly maxNameChars: number;
  /** Time after the first report in which another one of the same event is a duplicate. */
  readonly dedupWindowMs: number;
  /** Time after a server's report in which the browser's replaces it. */
  readonly browserFavouredMs: number;
  /** Calls per hour that count as 100% in the usage headers. */
  readonly callsPerHour: number;
  /** `estimated_time_to_regain_access` of a throttled response, in minutes. */
  readonly throttleMinutes: number;
  /** Maximum bytes of a beacon that is sent by POST. */
  readonly maxBeaconBytes: number;
}

const day = 86_400;

export const defaults: Settings = {
  ...commonDefaults,
  strict: false,
  oldestVersion: 21,
  newestVersion: 27,
  maxEvents: 1_000,
  maxBodyBytes: 1_000_000,
  maxAgeSeconds: 7 * day,
  maxStoreAgeSeconds: 62 * day,
  maxFutureSeconds: 60,
  maxNameChars: 50,
  dedupWindowMs: 48 * 3_600_000,
  browserFavouredMs: 5 * 60_000,
  callsPerHour: 10_000,
  throttleMinutes: 5,
  maxBeaconBytes: 64_000,
  beaconParameters: 200,
  beaconValueChars: 4_000,
};
