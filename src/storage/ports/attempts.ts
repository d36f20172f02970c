import type { Issue } from '../../event/issue.ts';
import type { AppliedRules } from '../../event/rule.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Offset } from '../log/event-log.ts';
import type { ConsumerId } from './consumer-id.ts';

/** A request that is about to be sent. It is durable before its first byte is sent, so that a crash does not lose it. */
export interface OpenAttempt {
  readonly id: string;
  readonly startedAt: UnixMs;
  /** The events, in the order of the body. */
  readonly offsets: readonly Offset[];
  /** The cursor after the attempt is settled; absent if the events are deferred deliveries. */
  readonly cursorAfter?: Offset;
  /** The request's body, byte for byte; never headers. */
  readonly body: string;
  /** The rules that applied to each event, `null` where there were none, in the order of the body. Absent if there were none at all. */
  readonly rules?: readonly (AppliedRules | null)[];
  /**
   * The value of each purchase that refunds had reduced, in thousandths of its currency; `null` for other events, in the order of the body.
   * Absent if there were none at all.
   */
  readonly left?: readonly (number | null)[];
}

/**
 * `peel` and `split` are the stored names of the verdicts `rejectRows` and `bisect`. `unknown`: no response, so the same bytes are sent
 * again. `replaced`: some events may not be sent, so another attempt sends the rest. `awaiting-verdict`: the platform received the request and
 * gives its verdict later. `unverified`: no verdict came.
 */
export const attemptResults = [
  'delivered',
  'peel',
  'split',
  'retry',
  'blocked',
  'unknown',
  'replaced',
  'awaiting-verdict',
  'unverified',
] as const;
export type AttemptResult = (typeof attemptResults)[number];

export interface SettledAttempt {
  readonly id: string;
  readonly at: UnixMs;
  readonly result: AttemptResult;
  /** Absent if no response arrived. */
  readonly status?: number;
  /** The platform's response, with values masked that may be personal. */
  readonly answer?: string;
  readonly issues: readonly Issue[];
}

/** An attempt as the debugger shows it. */
export interface AttemptRecord {
  readonly id: string;
  readonly consumer: ConsumerId;
  readonly startedAt: UnixMs;
  readonly offsets: readonly Offset[];
  readonly body: string;
  readonly bodySha256: string;
  readonly settled?: Omit<SettledAttempt, 'id'>;
}

/** Requests to platforms. Its contract: `attempts.contract.ts`. */
export interface AttemptStore {
  /**
   * Returns the unsettled attempt, if any: a consumer has at most one. `isDamaged`: the stored bytes fail their checksum, so the attempt has
   * neither offsets nor a body and must not be sent again.
   */
  getOpenAttempt(consumer: ConsumerId): Promise<(OpenAttempt & { readonly sent: number; readonly isDamaged?: true }) | undefined>;
  /** Lists the attempts that contained this event, by start time. */
  listAttempts(consumer: ConsumerId, offset: Offset): Promise<readonly AttemptRecord[]>;
  /** Returns a page of the site's attempts after a position, 0 at first. The page is shorter than `limit` if the bodies are large. */
  listSiteAttempts(
    site: string,
    after: number,
    limit: number,
  ): Promise<{ readonly attempts: readonly AttemptRecord[]; readonly through: number }>;
}
