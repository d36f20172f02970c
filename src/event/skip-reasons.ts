/**
 * Reasons why an event was intentionally not sent. Each is counted and shown with its message: the reason, and the remedy if the skip is
 * not wanted.
 */
export const skipReasons = {
  'consent-denied':
    "The shopper denied advertising storage, or made no choice and the policy counts that as denial. No action needed, unless your consent tool does not pass on its state. A page calls `convey('consent', …)`; a server sends `consent` with each event, or the shopper's visitor id in `user.anonymousId`.",
  'no-identifier':
    'The event has no value that the platform could match: no click id, visitor id, e-mail, phone, external id or device id. Send at least one of them in `user` or `clickIds`.',
  'unsupported-event': "The platform has no such event. Map it to a name in the connection's `eventNames`.",
  'browser-tag-sent-it':
    'The browser tag reported this page view, and the platform counts it there. No action needed: with `pageLoads` at `always` it would count twice.',
  duplicate:
    'Another report of the same event arrived first, and the event is sent once, under that report. This report was merged with it, unless the event had already been delivered.',
  unconfirmed:
    "Only a browser reported this purchase, and no server or webhook confirmed it within 24 hours. It is sent if one still does. Make the shop report its orders under the same event id, or set the site's `purchases` to `as-reported`.",
  'test-order': 'The shop marked the order as a test.',
  'offline-order':
    "The order was placed at a point of sale, from a draft, or by a subscription's renewal, not by a shopper of the storefront. No action needed.",
  'record-only':
    'Cancellations and refunds are only kept for the record, because Convey sends them to no platform yet. The order stays as it was sent.',
  'no-address':
    'The page view has no URL that the platform accepts: an absolute http or https URL of limited length. Send `page.url` with each page view. No action needed for saved pages and frames without a URL.',
  bot: "The user agent is a crawler's. To send such events, set the site's `bots` to `send`.",
  'over-budget':
    "Browsers alone reported more purchases on this day than the site's daily budget, and no server or webhook confirmed this one. Make the shop's server or webhooks report orders. If the purchases are real, raise `collector.browserBudget.purchases`, and replay that day.",
  filtered: "The connection's settings exclude this event.",
  erased: "The person's data was erased before the event was sent.",
} as const;

export type SkipReason = keyof typeof skipReasons;

/** Reasons of the shop why no platform may receive an event. The event is kept without personal data, and never sent. */
export type NeverSentReason = Extract<SkipReason, 'test-order' | 'offline-order' | 'record-only'>;

export function isSkipReason(text: string): text is SkipReason {
  return Object.hasOwn(skipReasons, text);
}
