import type { SkipTexts } from '../../event/skip-reasons.ts';

/** Skips in the words of the webhook's settings. */
export const skipTexts: SkipTexts = {
  'consent-denied': {
    why: 'The shopper denied advertising storage, or made no choice and the policy counts that as denial. A webhook sends no denied event.',
    remedy:
      "No action needed, unless your consent tool does not pass on its state. A page calls `convey('consent', …)`; a server sends `consent` with each event.",
  },
  filtered: {
    why: "The connection's `events` does not list this event.",
    remedy: 'Add the event to `events` if it should be sent.',
  },
};
