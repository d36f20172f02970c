import { type CommonSettings, commonDefaults } from '../kit/settings.ts';
import type { BeaconLimits } from '../kit/tag/beacon.ts';

/** A conversion action of the simulated account. */
export interface Action {
  /** Digits. */
  readonly id: string;
  /** Such as `Purchase`. */
  readonly name: string;
  /** `WEBPAGE` is “Website”, `UPLOAD_CLICKS` is “Website (Import from clicks)”. Others take no events of this API. */
  readonly type: 'WEBPAGE' | 'UPLOAD_CLICKS' | 'OTHER';
  /** The account that owns it. Absent: any. */
  readonly owner?: string;
  /** The label by which the browser tag names it: `AW-123456789/label`. */
  readonly label?: string;
  /** Whether it counts one conversion per click, and so takes no braids. Default: false. */
  readonly countsOne?: boolean;
  /** Whether the account accepted the customer data terms. Default: true. */
  readonly termsSigned?: boolean;
  /** Whether Google lets the account send to it. Default: true. */
  readonly isAllowlisted?: boolean;
}

/**
 * Settings of the behaviour that Google's pages do not define, and of the simulator itself. The pages define the 2,000 events, the 10
 * destinations and identifiers, the 30 minutes and the 300 requests. All other defaults are assumptions.
 *
 * @source https://developers.google.com/data-manager/api/devguides/concepts/limits and /diagnostics (2026-08-18)
 */
export interface Settings extends CommonSettings, BeaconLimits {
  /** Empty: any number is an action of any kind. */
  readonly actions: readonly Action[];
  readonly maxEvents: number;
  readonly maxDestinations: number;
  readonly maxUserIdentifiers: number;
  readonly maxTransactionIdChars: number;
  /** Maximum number of violations in one response. */
  readonly maxViolations: number;
  /** Time from a request to its verdict. */
  readonly verdictAfterMs: number;
  /** The age at which a click or an event is too old. */
  readonly maxAgeMs: number;
  /** The age until which a click is too recent, if its id begins with `sim-too-recent-click`. */
  readonly recentClickMs: number;
  readonly requestsPerMinute: number;
  /** The lifetime of an access token. */
  readonly tokenSeconds: number;
  /** The delay of the faults `slow` and `token-slow`. */
  readonly slowMs: number;
}

const hourMs = 3_600_000;

export const defaults: Settings = {
  ...commonDefaults,
  actions: [],
  maxEvents: 2_000,
  maxDestinations: 10,
  maxUserIdentifiers: 10,
  maxTransactionIdChars: 64,
  maxViolations: 20,
  verdictAfterMs: hourMs / 2,
  maxAgeMs: 90 * 24 * hourMs,
  recentClickMs: 6 * hourMs,
  requestsPerMinute: 300,
  tokenSeconds: 3_599,
  beaconParameters: 200,
  beaconValueChars: 4_000,
  maxBodyBytes: 1_000_000,
};
