import type { SkipTexts } from '../../event/skip-reasons.ts';

/** Skips in the words of Meta's settings and fields. */
export const skipTexts: SkipTexts = {
  'consent-denied': {
    why: 'The shopper denied advertising storage or the use of data for advertising, or made no choice and the policy counts that as denial. Meta has no mode for denied events.',
    remedy:
      "No action needed, unless your consent tool does not pass on its state. A page calls `convey('consent', …)`; a server sends `consent` with each event.",
  },
  'no-identifier': {
    why: 'The event has no value that Meta could match: no e-mail, phone, customer or visitor id, click id, browser id or IP address. Names, places and agents are not enough.',
    remedy: 'Send at least one of them in `user`, `clickIds` or `browserIds`.',
  },
  'browser-tag-sent-it': {
    why: 'The Meta Pixel reported this page view, and Meta counts it there.',
    remedy:
      'No action needed: with `pageViews` at `always` it would count twice, unless the pixel reports the event id of Convey.',
  },
  filtered: {
    why: "The connection's `events` does not list this event, or its `pageViews` is `never`.",
    remedy: 'Add the event to `events` if it should be sent.',
  },
};
