import { createWhyNot } from '../kit/counting-conditions.ts';
import type { CheckTexts } from '../kit/why-not.ts';
import type { Payload } from './payload.ts';
import type { Settings } from './settings.ts';

const texts: CheckTexts = {
  platform: 'TikTok',
  troubleshooting: 'tiktok-troubleshooting',
  skipSections: {
    'consent-denied': 'skipped-events',
    'no-identifier': 'skipped-events',
    'unsupported-event': 'page-views-are-missing',
    'browser-tag-sent-it': 'page-views-are-missing',
    filtered: 'skipped-events',
  },
  connectionSections: [
    { pattern: /\(4010[45]\)/, hash: 'the-token-is-refused' },
    { pattern: /\(40001\)/, hash: 'the-token-may-not-send' },
    { pattern: /\(4000[27]\)/, hash: 'the-pixel-is-refused' },
    { pattern: /^/, hash: 'the-connection-is-paused' },
  ],
  findIssueSection: (code) => (code === 'refused-without-code' ? 'other-answers' : undefined),
};

const notShown = { slug: texts.troubleshooting, hash: 'delivered-but-not-in-events-manager' };
const noConversion = { slug: texts.troubleshooting, hash: 'delivered-but-no-conversion' };

/** Checks why an event is not in Events Manager, or not in the ad reports, in the order in which it should be looked for. */
export const whyNot = createWhyNot<Pick<Settings, 'pixelCode' | 'testEventCode'>, Payload>(texts, [
  // TikTok does not document whether an event with a test code counts. That it does not is an assumption.
  ({ testEventCode }) =>
    testEventCode === undefined
      ? undefined
      : {
          title: 'The connection sends no test events',
          answer: 'no',
          message: `Events are sent with the test code ${testEventCode}, and may not count. Remove \`testEventCode\` after testing.`,
          guide: notShown,
        },
  // TikTok documents no time after which it shows an event. One hour is an assumption.
  {
    check: 'delay',
    hours: 1,
    waiting: 'Events Manager shows an event some time after TikTok received it.',
    guide: notShown,
  },
  { check: 'account', noun: 'pixel', id: ({ pixelCode }) => pixelCode, place: 'Events Manager', guide: notShown },
  {
    check: 'shared-id',
    read: ({ event, event_id }) => [event, event_id],
    explain: (name, id) =>
      `TikTok counts one event if its pixel reports “${name}” with the \`event_id\` “${id}” within 48 hours. It keeps the first report, and adds the data of a second one within 5 minutes.`,
    guide: { slug: texts.troubleshooting, hash: 'counted-twice' },
  },
  {
    check: 'strong-key',
    read: ({ user }) => user,
    strong: ['ttclid', 'email', 'phone', 'ttp', 'external_id'],
    advice:
      'The event was sent with an IP address and a user agent only, which seldom lead to an account. Send an e-mail or the cookie `_ttp`.',
    guide: { slug: texts.troubleshooting, hash: 'low-match-rate' },
  },
  { check: 'click-id', key: 'ttclid', read: ({ user }) => user.ttclid, guide: noConversion },
  {
    title: 'Limited Data Use does not apply to the shopper',
    message:
      'The event was sent with Limited Data Use. TikTok limits its use if the IP address is in one of the US states with such a law.',
    when: ({ limited_data_use: isLimited }) => isLimited === true,
    guide: noConversion,
  },
  {
    title: "The event is within the ad group's attribution window",
    message:
      'Ad reports count an event only within the attribution window of the ad group. Events Manager also shows events without an ad.',
    guide: noConversion,
  },
]);
