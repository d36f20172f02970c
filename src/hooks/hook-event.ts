import type { PaymentReferences } from '../event/payment-references.ts';
import type { NeverSentReason } from '../event/skip-reasons.ts';
import type { Via } from '../event/via.ts';
import type { Json } from './json-fields.ts';

/** One event of a service's request, in the form in which a server would send it. */
export interface HookEvent {
  readonly submission: Json;
  readonly notSent?: NeverSentReason;
  /** Absent: the service's own. */
  readonly via?: Via;
  readonly payment?: PaymentReferences;
}

/** The events of a request, or the reason in one sentence why it has none. */
export type HookReading = { readonly reports: readonly HookEvent[] } | IgnoredRequest;

interface IgnoredRequest {
  readonly ignored: string;
  /** Set if the body does not fit the topic, so an operator is warned. */
  readonly isMismatch?: true;
}
