import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { Event } from '../../event/event.ts';
import type { AppliedRules } from '../../event/rule.ts';
import type { PurchaseRule } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import type { CompiledRules } from '../../rules/evaluate.ts';
import type { LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { DeadLetter } from '../../storage/ports/dead-letters.ts';
import type { DeferredDelivery } from '../../storage/ports/deferred-deliveries.ts';
import type { EventOutcomeEntry } from '../../storage/ports/outcomes.ts';
import type { NewUpload } from '../../storage/ports/uploads.ts';
import type { BatchMember } from './batch-member.ts';
import type { DeliveredReports } from './late-purchase.ts';
import type { OrderFactsById } from './order-facts.ts';
import type { PayloadCheck } from './payload-check.ts';

export interface DecisionContext {
  readonly destination: BoundDestination;
  /** Checks some of the mapped payloads, for a decision that is carried out. Default: none is checked. */
  readonly payloadCheck?: PayloadCheck;
  readonly bots: 'drop' | 'send';
  readonly purchaseHoldMs: number;
  readonly purchases: PurchaseRule;
  /** The time zone of the site's days. */
  readonly timeZone: string;
  readonly now: UnixMs;
  /** A later clock may be days ahead. Events are then not expired by the clock alone. Default: no clock is suspect. */
  readonly clockTrustedUntil?: UnixMs;
  /** Whether gateways have spools. A record's time may then be that of its forwarding, long after its event. Default: false. */
  readonly isFedBySpools?: boolean;
  /** When the event log received the oldest report that was not read yet. Default: all are read. */
  readonly oldestUnreadAt?: UnixMs;
  /** Returns whether a purchase exceeds the site's daily budget for browsers. Default: never. */
  readonly isOverBudget?: (purchase: LogRecord) => boolean;
  /** The rules of the site and the connection. */
  readonly rules?: CompiledRules;
  /** Events to send with their trusted reports alone, because the platform refused the browser's fields. */
  readonly trustedOnly?: ReadonlySet<Offset>;
  /** The facts of refunded orders. Default: no order was refunded. */
  readonly orders?: OrderFactsById;
  /** The reports that the connection delivered of late purchases' orders. Default: none. */
  readonly deliveredBefore?: DeliveredReports;
  /** The events of a request that is settled together with the plan. Default: none. */
  readonly sending?: ReadonlySet<Offset>;
}

/** The decision about one record. */
export type Decision = (
  | { readonly member: BatchMember }
  | { readonly skip: EventOutcomeEntry }
  | {
      readonly hold: DeferredDelivery;
      readonly isMisfit?: true;
      /** Set if the event is too old by a clock that is suspect: it must not be sent now. */
      readonly isSeeminglyExpired?: true;
    }
  | { readonly deadLetter: DeadLetter; readonly isMisfit?: true }
) & {
  /** Absent if the connection has no rules, or the decision came before them. */
  readonly rules?: AppliedRules;
  /** The events that rules add for this connection. */
  readonly also?: readonly Event[];
  /** The rows to send with the access to the account. */
  readonly uploads?: readonly NewUpload[];
};
