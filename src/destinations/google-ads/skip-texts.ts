import type { SkipTexts } from '../../event/skip-reasons.ts';

/** Skips in the words of Google Ads' settings and fields. */
export const skipTexts: SkipTexts = {
  'consent-denied': {
    why: 'The shopper denied advertising storage or the use of data for advertising, or made no choice and the policy counts that as denial. Google drops denied events.',
    remedy:
      "No action needed, unless your consent tool does not pass on its state. A page calls `convey('consent', …)`; a server sends `consent` with each event.",
  },
  'no-identifier': {
    why: 'The event has no click ID of Google that is younger than 90 days, and no e-mail or phone. If `matchBy` is `click-ids`, only a click ID is enough.',
    remedy: 'Let `gclid`, `gbraid` and `wbraid` reach your landing pages, or send `user.email` or `user.phone`.',
  },
  'unsupported-event': {
    why: 'The event is bound to no conversion action, and Google Ads counts nothing else.',
    remedy: "Bind it in the connection's `conversions` if it is a conversion.",
  },
  unsupported: {
    why: 'Google Ads can change the value of a purchase that it confirmed, and cannot take a purchase back. So the purchase stays there as it was sent.',
    remedy: 'If the whole order was refunded, retract its conversion in Google Ads.',
  },
  filtered: {
    why: "The connection's `events` does not list this event.",
    remedy: 'Add the event to `events` if it should be sent.',
  },
};
