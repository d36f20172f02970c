import type { NeverSentReason } from '../../event/skip-reasons.ts';
import { type Json, omitUndefined } from './json-fields.ts';

/** One thing that a webhook tells of, in the form in which a shop's server tells it. */
export interface WebhookEvent {
  readonly submission: Readonly<Record<string, unknown>>;
  readonly notSent?: NeverSentReason;
  /** Nothing tells that the person was at the shop: without a word of theirs it is not sent. */
  readonly needsWord?: boolean;
  /** Where the shop says that the shopper came to it: an address, in case it holds a click id. */
  readonly landing?: string;
}

/** Whom a shop asks about, by every key that it has of them. Raw: they end where they are hashed. */
export interface WebhookPerson {
  readonly email?: string;
  readonly phone?: string;
  readonly externalId?: string;
  readonly orderIds: readonly string[];
}

/** What one delivery of a webhook comes to. */
export type WebhookResult =
  | { readonly reports: readonly WebhookEvent[] }
  /** Nothing, and why, in one sentence. `isMismatch`: the body does not fit the topic, so an operator is warned. */
  | { readonly ignored: string; readonly isMismatch?: boolean }
  /** A customer asked the shop for their data, or to be forgotten. */
  | { readonly person: WebhookPerson; readonly asks: 'export' | 'erase' };

/** A delivery, its signature verified: what the shop calls it, when it says that it happened, and its body, which is untrusted all the same. */
export interface WebhookDelivery {
  readonly topic: string;
  readonly triggeredAt?: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly purchaseOn: 'create' | 'paid';
}

/** Nobody is told of it, so it holds nobody. */
export function createRecordOnlyEvent(name: string, id: string, time: string | undefined, commerce: Json): WebhookEvent {
  return { submission: { id, name, time, commerce: omitUndefined(commerce) }, notSent: 'record-only' };
}

export const bodyMismatch: WebhookResult = {
  ignored: 'The body is not that of this topic, so nothing was done. Send each webhook with its own topic.',
  isMismatch: true,
};
