import type { SkipTexts } from '../../event/skip-reasons.ts';

/** Skips in the words of TikTok's settings and fields. */
export const skipTexts: SkipTexts = {
  'consent-denied': {
    why: 'The shopper denied advertising storage or the use of data for advertising, or made no choice and the policy counts that as denial. The Events API has no mode for denied events.',
    remedy:
      "No action needed, unless your consent tool does not pass on its state. A page calls `convey('consent', …)`; a server sends `consent` with each event.",
  },
  'no-identifier': {
    why: 'The event has no value that TikTok could match: no click id, browser id, e-mail, phone or customer id. An IP address counts only with a user agent.',
    remedy: 'Send at least one of them in `user`, `clickIds` or `browserIds`.',
  },
  'unsupported-event': {
    why: 'The TikTok Pixel reports page views without an event ID, so TikTok would count this one again.',
    remedy: 'No action needed with the TikTok Pixel. On pages without it, set `pageViews` to `always`.',
  },
  'browser-tag-sent-it': {
    why: 'The TikTok Pixel reported this page view, and TikTok counts it there.',
    remedy: 'No action needed: with `pageViews` at `always` it would count twice.',
  },
  filtered: {
    why: "The connection's `events` does not list this event.",
    remedy: 'Add the event to `events` if it should be sent.',
  },
};
