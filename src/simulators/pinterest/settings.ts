import { type CommonSettings, commonDefaults } from '../kit/settings.ts';
import type { BeaconLimits } from '../kit/tag/beacon.ts';

/**
 * Settings of the behaviour that Pinterest does not define, and of the simulator itself. Pinterest's description of the API defines the
 * thousand events, and connectors the seven days, the hour and the 24 hours. All other defaults are assumptions.
 *
 * @source https://github.com/pinterest/api-description 5.23.0 (2025-12-11)
 */
export interface Settings extends CommonSettings, BeaconLimits {
  /** Fails events with a name that Pinterest does not list. */
  readonly strict: boolean;
  /** The code of a malformed request: as seen live, or as documented. */
  readonly refusalCode: 400 | 4_196;
  readonly maxEvents: number;
  /** The events of a request at which Pinterest looks in the test mode. */
  readonly maxTestEvents: number;
  readonly maxAgeSeconds: number;
  /** How far ahead an event's time may be. */
  readonly maxFutureSeconds: number;
  /** The age at its receipt from which an event is offline. */
  readonly maxFreshSeconds: number;
  /** Time after the first report in which another one of the same event is a duplicate. */
  readonly dedupWindowMs: number;
  /** Calls per minute and ad account that the headers of a 429 state. */
  readonly callsPerMinute: number;
  /** Seconds until access returns, in a 429. */
  readonly throttleSeconds: number;
  /** Maximum bytes of a beacon that is sent by POST. */
  readonly maxBeaconBytes: number;
}

export const defaults: Settings = {
  ...commonDefaults,
  strict: false,
  refusalCode: 400,
  maxEvents: 1_000,
  maxTestEvents: 20,
  maxBodyBytes: 2_000_000,
  maxAgeSeconds: 7 * 86_400,
  maxFutureSeconds: 60,
  maxFreshSeconds: 3_600,
  dedupWindowMs: 24 * 3_600_000,
  callsPerMinute: 5_000,
  throttleSeconds: 30,
  maxBeaconBytes: 64_000,
  beaconParameters: 50,
  beaconValueChars: 16_000,
};
