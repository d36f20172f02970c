import type { UnixMs } from '../../event/units.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';
import type { DeferredDelivery } from '../../storage/ports/deferred-deliveries.ts';
import type { BisectionCost } from './bisection.ts';

/** The facts beside a plan and its response that decide how the plan is settled. */
export interface SettleContext {
  readonly state: ConnectionState;
  readonly now: UnixMs;
  readonly random: () => number;
  readonly attemptId: string;
  /** The rows of the plan's deferred deliveries; empty if the plan came from the event log. */
  readonly deferred: readonly DeferredDelivery[];
  /** Time of the first status request; absent if the platform has no later verdict. */
  readonly firstAskAt?: UnixMs;
  /** The cost of the current bisection, including this request. */
  readonly bisection: Readonly<BisectionCost>;
  /** The platform's age limit: no event waits longer. */
  readonly maxAgeMs: number;
  /** Whether the same request was sent before without a known result. Default: false. */
  readonly inDoubt?: boolean;
  /** Set if the content of the request may have been refused: it was blocked, and the credential was accepted directly afterwards. */
  readonly content?: ContentRefusal;
}

/** A request whose content may have been refused, for example by a firewall. */
export interface ContentRefusal {
  /** Whether a request with the same events was blocked before. */
  readonly wasBlockedBefore: boolean;
  /** Whether the platform has accepted another request since then. */
  readonly isOtherAccepted: boolean;
}
