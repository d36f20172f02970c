/**
 * Why an event was not sent although nothing is wrong with it. Each is counted, shown and explained; a skip is no failure.
 * The sentence says why and what to do if it is not wanted.
 */
export const skipReasons = {
  'consent-denied':
    "The shopper denied advertising storage, or never answered where the policy counts silence as denial. Nothing to mend, unless your consent tool is not passing its state on: a page calls `convey('consent', …)`, a server sends `consent` with each event, or the shopper's visitor in `user.anonymousId`.",
  'no-identifier':
    'The event carries nothing that the platform could match: no click id, visitor id, e-mail, phone, external id or device id. Send at least one of them in `user` or `clickIds`.',
  'unsupported-event': "This platform has no such event. Give it a name in the connection's `eventNames`.",
  'browser-tag-sent-it':
    'The browser tag has reported this page view, and it is counted there. Nothing to mend: with `pageLoads` at `always` it would count twice.',
  duplicate:
    'Another report of the same event came first, and the event is sent once, under that report. This one was joined with it, unless the event had been delivered before this one came.',
  unconfirmed:
    "Only a browser reported this purchase, and no server or webhook confirmed it within 24 hours. It is sent if one still does. Let the shop report its orders under the same event id, or set the site's `purchases` to `as-reported`.",
  'test-order': 'The shop marked the order as a test.',
  'offline-order':
    'The order was made at a till, from a draft, or by the renewal of a subscription: no shopper of the storefront made it. Nothing to mend.',
  'record-only':
    'A cancellation or a refund is kept for the record: no platform takes them from Convey yet, so what was sent of the order stays as it is there.',
  'no-address':
    'The page view has no address that the platform takes: an absolute http or https address of a page, not too long. Send `page.url` with each page view. Pages that are saved as files, and frames without an address, have none: nothing to mend.',
  bot: "The user agent is a crawler's. Set the site's `bots` to `send` to send it all the same.",
  'over-budget':
    "Browsers alone reported more purchases on this day than the site's daily budget, and no server or webhook confirmed this one. Raise `collector.browserBudget.purchases` if they are real, and replay that day; better, let the shop's server or webhooks report orders.",
  filtered: "The connection's settings leave this event out.",
  erased: "The person's data was erased before the event was sent.",
} as const;

export type SkipReason = keyof typeof skipReasons;

/** Why the shop itself says that an event is nobody's conversion: it is kept, without anything about the person, and sent nowhere. */
export type NeverSentReason = Extract<SkipReason, 'test-order' | 'offline-order' | 'record-only'>;

export function isSkipReason(text: string): text is SkipReason {
  return Object.hasOwn(skipReasons, text);
}
