import type { CountryLookup } from '../../event/country-source.ts';
import type { HookEvent } from '../../hooks/hook-event.ts';
import { type Json, omitUndefined } from '../../hooks/json-fields.ts';

/** One event of a webhook, in the form in which a shop's server would send it. */
export interface WebhookEvent extends HookEvent {
  /** Requires explicit consent, because it is not certain that the person visited the shop. */
  readonly requiresConsent?: boolean;
  /** The URL of the page on which the shopper landed, as the shop reports it. It may hold a click id. */
  readonly landing?: string;
}

/** A report with the means to find the country of the address that it states. */
export interface LocatedReport extends WebhookEvent {
  readonly lookUpCountry?: CountryLookup | undefined;
}

/** The person of a privacy request, with every key that the shop has. The keys are raw until they are hashed. */
export interface WebhookPerson {
  readonly email?: string;
  readonly phone?: string;
  readonly externalId?: string;
  readonly orderIds: readonly string[];
}

/** The result of one delivery of a webhook. */
export type WebhookResult =
  | { readonly reports: readonly WebhookEvent[] }
  /** The webhook is ignored, with the reason in one sentence. `isMismatch`: the body does not fit the topic, so an operator is warned. */
  | { readonly ignored: string; readonly isMismatch?: boolean }
  /** A customer requested an export or the erasure of their data. */
  | { readonly person: WebhookPerson; readonly action: 'export' | 'erase' }
  /** A notice about the app itself. */
  | { readonly app: AppNotice };

/**
 * A notice of Shopify about the operator's app in a shop. It proves nothing: only the body is signed, and an old one may be repeated.
 * `api-version`: a webhook came in an older version of the API than the app asked for.
 */
export type AppNotice =
  | { readonly kind: 'uninstalled' | 'shop-redact' }
  | { readonly kind: 'scopes'; readonly scopes: readonly string[] }
  | { readonly kind: 'delivered'; readonly topic: string; readonly apiVersion?: string };

/** A delivery with a verified signature: its topic, its time and its body, which is still untrusted. */
export interface WebhookDelivery {
  readonly topic: string;
  readonly triggeredAt?: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly purchaseOn: 'create' | 'paid';
  /** The age up to which the site's events are accepted. */
  readonly maxAgeMs: number;
}

/** Creates an event that is only kept for the record. It is never sent, so it carries no personal data. */
export function createRecordOnlyEvent(name: string, id: string, time: string | undefined, commerce: Json): WebhookEvent {
  return { submission: { id, name, time, commerce: omitUndefined(commerce) }, notSent: 'record-only' };
}

export const bodyMismatch: WebhookResult = {
  ignored: 'The body does not fit its topic, so the webhook was ignored. Send each webhook with its own topic.',
  isMismatch: true,
};
