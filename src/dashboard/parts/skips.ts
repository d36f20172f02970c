import type { SkipReason } from '../../event/skip.ts';

/** Why an event was not sent although nothing is wrong with it: a few words, and what to do where that is something. */
export const skipWords: Readonly<Record<SkipReason, { readonly name: string; readonly says: string }>> = {
  'consent-denied': {
    name: 'No consent',
    says: 'The shopper declined, or never answered where silence counts as a no. If these are many, ask the consent doctor.',
  },
  'no-identifier': {
    name: 'Nobody to match',
    says: 'Nothing that the platform could know the shopper by. Send an e-mail, a phone, a visitor id or a click id.',
  },
  'unsupported-event': {
    name: 'No such event there',
    says: "The platform has no such event. Give it a name in the connection's event names.",
  },
  'browser-tag-sent-it': {
    name: 'The browser tag counted it',
    says: 'The tag on the page told the platform of this page view. Sent as well, it would count twice.',
  },
  duplicate: {
    name: 'Copy of another report',
    says: 'Browser and server told of the same event. It goes once, with what both knew.',
  },
  'test-order': { name: 'Test order', says: 'The shop marked the order as a test.' },
  bot: { name: 'Crawler', says: 'The visitor calls itself a crawler. Nothing to mend.' },
  filtered: { name: 'Left out by the settings', says: "The connection's settings do not send this event." },
  erased: { name: 'Erased', says: 'The person was erased before the event was sent.' },
};
