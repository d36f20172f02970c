import { createWhyNot } from '../kit/counting-conditions.ts';
import type { CheckTexts } from '../kit/why-not.ts';
import type { Payload } from './payload.ts';
import type { Settings } from './settings.ts';

const texts: CheckTexts = {
  platform: 'Microsoft',
  troubleshooting: 'troubleshooting',
  skipSections: {
    'consent-denied': 'skipped-events',
    'no-identifier': 'skipped-events',
    bot: 'skipped-events',
    duplicate: 'skipped-events',
    filtered: 'skipped-events',
    'browser-tag-sent-it': 'page-views-are-missing',
    'no-address': 'page-views-are-missing',
    'too-old-on-arrival': 'skipped-events',
  },
  connectionSections: [
    { pattern: /\b401\b/, hash: '401-token-refused' },
    { pattern: /\b403\b/, hash: '403-access-refused' },
    { pattern: /^/, hash: 'the-connection-is-paused' },
  ],
  findIssueSection: (code) => (code === 'refused' || code === 'refused-by-a-firewall' ? 'other-responses' : undefined),
};

const noConversion = { slug: texts.troubleshooting, hash: 'delivered-but-no-conversion' };
const eventGoals = { slug: 'create-event-goals' };

/** Checks why an event is not in Microsoft: the conditions of the troubleshooting guide, in order, as far as Convey can check them. */
export const whyNot = createWhyNot<Pick<Settings, 'tagId'>, Payload>(texts, [
  { check: 'counted-name', read: ({ eventName }) => eventName, guide: { slug: 'connect-microsoft' } },
  {
    check: 'delay',
    hours: 24,
    note: ' The goal and the tag must be that old, too.',
    waiting: 'Microsoft takes up to 24 hours to show a conversion, also after a goal or tag is created.',
    guide: noConversion,
  },
  ({ tagId }) => ({
    title: 'The goal belongs to the tag',
    answer: 'unseen',
    message: `The event was sent to the UET tag ${tagId}. Check in Microsoft Advertising that the goal uses this tag.`,
    guide: eventGoals,
  }),
  {
    title: "The goal's Action equals the event name",
    message: ({ eventName: name }) =>
      name === undefined
        ? 'A page view has no name. Destination URL goals count it, event goals do not.'
        : `The Action must be exactly “${name}”, without a category, label or value that the event lacks.`,
    guide: eventGoals,
  },
  {
    check: 'shared-id',
    // A page view has no name, and only one side reports it.
    isOptional: true,
    read: ({ eventName, eventId }) => [eventName, eventId],
    explain: (name, id) =>
      `If the UET tag reports “${name}” with the \`event_id\` “${id}” too, Microsoft counts it once. Convey's pixel does this, unless the tag's mode is \`off\`.`,
    guide: { slug: texts.troubleshooting, hash: 'counted-twice' },
  },
  {
    title: 'The goal is enabled in the account with the ads',
    message:
      'Check that its status is Enabled and its scope includes the account with the ads. Goals without “Include in Conversions” appear only in the column All conv.',
    guide: noConversion,
  },
  { check: 'click-id', key: 'msclkid', read: ({ userData }) => userData.msclkid, guide: { slug: 'enable-click-id-tracking' } },
  {
    title: "The event is within the goal's conversion window",
    message: 'A conversion counts only within the conversion window after the click.',
    guide: noConversion,
  },
  {
    title: 'The report includes the day of the click',
    message: 'Microsoft reports a conversion on the day of its click, not of the purchase. Extend the date range of the report.',
    guide: noConversion,
  },
  {
    check: 'payload',
    title: 'The shopper consented',
    judge: ({ adStorageConsent }) =>
      adStorageConsent === 'G'
        ? { answer: 'yes', message: 'The event was sent with consent granted.' }
        : {
            answer: 'no',
            message: 'The event was sent with consent denied, so Microsoft does not use it for advertising.',
            guide: noConversion,
          },
  },
]);
