import { createWhyNot } from '../kit/counting-conditions.ts';
import type { CheckTexts } from '../kit/why-not.ts';

const texts: CheckTexts = {
  platform: 'The receiver',
  troubleshooting: 'webhook-troubleshooting',
  skipSections: { 'consent-denied': 'skipped-events', filtered: 'skipped-events' },
  connectionSections: [
    { pattern: /signature/, hash: 'the-signature-is-refused' },
    { pattern: /\(410\)/, hash: 'the-receiver-wants-no-requests' },
    { pattern: /^/, hash: 'the-connection-is-paused' },
  ],
};

const notProcessed = { slug: texts.troubleshooting, hash: 'delivered-but-not-processed' };

/** Checks why an event is not in the receiver's systems. */
export const whyNot = createWhyNot(texts, [
  {
    title: 'The receiver processed the message',
    message:
      'The receiver confirmed the message with a 2xx. Search its log for the event ID. It should confirm only what it has stored.',
    guide: notProcessed,
  },
  {
    title: 'The receiver did not take the message for a repeat',
    message:
      'A receiver ignores a `webhook-id` that it already has. The id of an event stays the same, also in a replay, so clear the id there to process it again.',
    guide: notProcessed,
  },
]);
