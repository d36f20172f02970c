import type { SkipTexts } from '../../event/skip-reasons.ts';

/** Skips in the words of Pinterest's settings and fields. */
export const skipTexts: SkipTexts = {
  'consent-denied': {
    why: 'The shopper denied advertising storage or the use of data for advertising, or made no choice and the policy counts that as denial. Convey sends no denied event to Pinterest.',
    remedy:
      "No action needed, unless your consent tool does not pass on its state. A page calls `convey('consent', …)`; a server sends `consent` with each event.",
  },
  'no-identifier': {
    why: 'The event has no e-mail and no advertising ID, and not both IP address and user agent. Phone, customer ID and click ID are not enough for Pinterest.',
    remedy:
      'Send `user.email`, or `user.ip` together with `user.userAgent`. Store both with the order if your server sends it later.',
  },
  'browser-tag-sent-it': {
    why: "The page's own code reported this page view to the Pinterest tag, and Pinterest counts it there.",
    remedy:
      'No action needed: with `pageViews` at `always` it would count twice, because the tag reports it without the event ID of Convey.',
  },
  'unsupported-event': {
    why: 'Pinterest would record a test event like one of a shopper, so Convey sends it only in the test mode.',
    remedy: 'Set `testMode` to `on`, send the test event again, and set `testMode` back to `off`.',
  },
  filtered: {
    why: "The connection's `events` does not list this event, its `pageViews` is `never`, or its `productPages` leaves this page view to the product view.",
    remedy: 'Add the event to `events`, or change `pageViews` or `productPages`, if it should be sent.',
  },
};
