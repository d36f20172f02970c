/** The reason of a skip in one or two sentences, and the remedy if the skip is not wanted. */
export interface SkipText {
  readonly why: string;
  readonly remedy: string;
}

/** Reasons why an event was intentionally not sent. Each is counted and shown with its text. A destination may replace a text by its own. */
export const skipReasons = {
  'consent-denied': {
    why: 'The shopper denied advertising storage or the use of data for advertising, or made no choice and the policy counts that as denial.',
    remedy:
      "No action needed, unless your consent tool does not pass on its state. A page calls `convey('consent', …)`; a server sends `consent` with each event, or the shopper's visitor id in `user.anonymousId`.",
  },
  'no-identifier': {
    why: 'The event has no value by which the platform could match it to a person.',
    remedy: 'Send at least one of its match keys in `user` or `clickIds`.',
  },
  'unsupported-event': {
    why: 'The platform has no such event.',
    remedy: "Map it to a name in the connection's settings if it should be sent.",
  },
  'browser-tag-sent-it': {
    why: "The platform's browser tag reported this event, and the platform counts it there.",
    remedy: 'No action needed.',
  },
  duplicate: {
    why: 'Another report of the same event arrived first, and the event is sent once, under that report.',
    remedy: 'This report was merged with it, unless the event had already been delivered.',
  },
  unconfirmed: {
    why: 'Only a browser reported this purchase, and no server or webhook confirmed it within 24 hours.',
    remedy:
      "It is sent if one still does. Make the shop report its orders under the same event id, or set the site's `purchases` to `as-reported`.",
  },
  'test-order': { why: 'The shop marked the order as a test.', remedy: 'No action needed.' },
  'offline-order': {
    why: "The order was placed at a point of sale, from a draft, or by a subscription's renewal, not by a shopper of the storefront.",
    remedy: 'To count such orders apart, make a rule that tests their sales channel.',
  },
  'record-only': {
    why: 'The event is kept for the record alone, such as the renewal or the end of a subscription, or a failed charge.',
    remedy: 'No action needed. To deliver renewals, set `stripe.renewals` of the hook to `send`.',
  },
  refunded: {
    why: 'The order was refunded or cancelled in full before it was sent.',
    remedy: 'No action needed: nothing is left that the platform could count.',
  },
  'awaiting-purchase': {
    why: 'The purchase of this order is not delivered yet, or no source has reported it. Convey waits for it for 90 days.',
    remedy: 'No action needed: it is sent with what is left, or not at all if nothing is left.',
  },
  'no-purchase': {
    why: 'The connection delivered no purchase of this order, or none within 90 days.',
    remedy:
      'No action needed: if the purchase is still reported, it is sent with what is left, or not at all if nothing is left.',
  },
  'awaiting-upload': {
    why: 'The refund or cancellation is sent with the access to the connected account, some time after the purchase was delivered.',
    remedy: 'No action needed, unless the connection reports that its refunds are not sent.',
  },
  unsupported: {
    why: 'Convey sends no refunds or cancellations to this platform, so the purchase stays there as it was sent.',
    remedy: 'The platform counts the whole value. If its reports must show the refund, correct the order there.',
  },
  'no-address': {
    why: 'The page view has no URL that the platform accepts.',
    remedy: 'Send `page.url` with each page view: an absolute http or https URL of limited length.',
  },
  bot: { why: "The user agent is a crawler's.", remedy: "To send such events, set the site's `bots` to `send`." },
  'over-budget': {
    why: "Browsers alone reported more purchases on this day than the site's daily budget, and no server or webhook confirmed this one.",
    remedy:
      "Make the shop's server or webhooks report orders. If the purchases are real, raise `collector.browserBudget.purchases`, and replay that day.",
  },
  'too-old-on-arrival': {
    why: 'The event was older than the platform accepts when Convey received it.',
    remedy: 'No action needed, unless the platform should count such events. Then report them sooner.',
  },
  filtered: {
    why: "The connection's settings exclude this event.",
    remedy: 'Change the events of the connection if it should be sent.',
  },
  rule: {
    why: 'A rule of the site or of the connection skipped this event.',
    remedy: 'The event names the rule. Change it if the event should be sent, then replay the event.',
  },
  erased: { why: "The person's data was erased before the event was sent.", remedy: 'No action needed.' },
} as const satisfies Record<string, SkipText>;

export type SkipReason = keyof typeof skipReasons;

/** Reasons of the shop why no platform may receive an event. A rule may count an `offline-order` apart; else it is kept without personal data. */
export type NeverSentReason = (typeof neverSentReasons)[number];

export const neverSentReasons = ['test-order', 'offline-order', 'record-only'] as const satisfies readonly SkipReason[];

export const skipReasonNames: readonly SkipReason[] = Object.keys(skipReasons).filter(isSkipReason);

export function isSkipReason(text: string): text is SkipReason {
  return Object.hasOwn(skipReasons, text);
}

export type SkipTexts = Readonly<Partial<Record<SkipReason, SkipText>>>;

/** Returns the text of a skip: the destination's own, or the general one. */
export function describeSkip(reason: SkipReason, texts: SkipTexts = {}): SkipText {
  return texts[reason] ?? skipReasons[reason];
}
