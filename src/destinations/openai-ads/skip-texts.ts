import type { SkipTexts } from '../../event/skip-reasons.ts';

/** Skips in the words of OpenAI's settings and fields. */
export const skipTexts: SkipTexts = {
  'consent-denied': {
    why: 'The shopper denied advertising storage or the use of data for advertising, or made no choice and the policy counts that as denial. OpenAI has no mode for denied events.',
    remedy:
      "No action needed, unless your consent tool does not pass on its state. A page calls `convey('consent', …)`; a server sends `consent` with each event.",
  },
  'no-identifier': {
    why: 'The event has no value that OpenAI could match: no click id, browser id, e-mail, phone or customer id. Address, agent and names are not enough.',
    remedy: 'Send at least one of them in `user`, `clickIds` or `browserIds`.',
  },
  filtered: {
    why: "The connection's `events` does not list this event.",
    remedy: 'Add the event to `events` if it should be sent.',
  },
};
