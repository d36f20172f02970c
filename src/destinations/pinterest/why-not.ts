import { secondMs } from '../../event/units.ts';
import { createWhyNot } from '../kit/counting-conditions.ts';
import type { CheckTexts } from '../kit/why-not.ts';
import { freshMs } from './map.ts';
import type { Payload } from './payload.ts';
import type { Settings } from './settings.ts';

const texts: CheckTexts = {
  platform: 'Pinterest',
  troubleshooting: 'pinterest-troubleshooting',
  skipSections: {
    'consent-denied': 'skipped-events',
    'no-identifier': 'skipped-events',
    filtered: 'skipped-events',
    'browser-tag-sent-it': 'page-views-are-missing',
    'unsupported-event': 'the-test-event-is-skipped',
  },
  connectionSections: [
    { pattern: /conversion access token|may not send events\b(?! to)/, hash: 'the-token-is-refused' },
    { pattern: /ad account/, hash: 'the-ad-account-is-refused' },
    { pattern: /^/, hash: 'the-connection-is-paused' },
  ],
  findIssueSection: (code) => (['failed', 'no-answer', 'refused'].includes(code) ? 'other-responses' : undefined),
};

const notShown = { slug: texts.troubleshooting, hash: 'delivered-but-not-in-ads-manager' };
const noConversion = { slug: texts.troubleshooting, hash: 'delivered-but-no-conversion' };
const late = { slug: texts.troubleshooting, hash: 'counted-as-offline' };

/** Pinterest reports these names. Others are for audiences, unless an operator maps them. */
const ownEvents = /^(?:page_visit|view_content|view_category|add_to_cart|initiate_checkout|checkout|lead|search|signup)$/;

/** Checks why an event is not in Ads Manager, or not in the ad reports, in the order in which it should be looked for. */
export const whyNot = createWhyNot<Pick<Settings, 'adAccountId' | 'testMode'>, Payload>(texts, [
  ({ testMode }) => {
    const title = 'The test mode is off';
    if (testMode === 'off') return { title, answer: 'yes', message: '`testMode` is `off`.' };
    const message = 'In the test mode Pinterest records nothing. Set `testMode` to `off`.';
    return { title, answer: 'no', message, guide: { slug: texts.troubleshooting, hash: 'the-test-mode-is-on' } };
  },
  // Later events are offline, which are not merged with those of the tag.
  {
    check: 'payload',
    title: 'Pinterest received the event within an hour',
    judge: ({ event_time: time }, { sentAt }) =>
      sentAt - time * secondMs <= freshMs
        ? { answer: 'yes', message: 'The event was fresh, so Pinterest merges it with an event of the tag.' }
        : {
            answer: 'no',
            message:
              'The event was sent more than an hour after it happened. Pinterest counts it as offline, and counts an event of the tag besides.',
            guide: late,
          },
    guide: late,
  },
  { check: 'account', noun: 'ad account', id: ({ adAccountId }) => adAccountId, place: 'Ads Manager', guide: notShown },
  {
    title: 'Pinterest reports events of this name',
    message: ({ event_name: name }) =>
      `The event was sent as “${name}”. Pinterest reports a name of your own only after you mapped it in Ads Manager.`,
    when: ({ event_name: name }) => !ownEvents.test(name),
    guide: notShown,
  },
  {
    check: 'shared-id',
    read: ({ event_name, event_id }) => [event_name, event_id],
    explain: (name, id) =>
      `Pinterest counts one event if the tag reports “${name}” with the \`event_id\` “${id}” within 24 hours. It keeps the first report.`,
    guide: { slug: texts.troubleshooting, hash: 'counted-twice' },
  },
  {
    check: 'strong-key',
    read: ({ user_data }) => user_data,
    strong: ['em', 'hashed_maids', 'click_id'],
    advice: 'The event was sent with IP address and user agent only, which seldom lead to an account. Send `user.email`.',
    guide: { slug: texts.troubleshooting, hash: 'low-match-rate' },
  },
  { check: 'click-id', key: 'click', read: ({ user_data }) => user_data.click_id, guide: noConversion },
  {
    title: 'Limited Data Processing is intended',
    message:
      'The event was sent with Limited Data Processing, as an event of California. Pinterest limits its use for ads: see `limitedDataProcessing`.',
    when: ({ custom_data: { opt_out_type: type } = {} }) => type !== undefined,
    guide: noConversion,
  },
  {
    title: "The event is within the ad account's attribution windows",
    message:
      'Ad reports count an event only within the conversion windows of the report. Conversions › Event history also shows events without an ad.',
    guide: noConversion,
  },
]);
