import { createWhyNot } from '../kit/counting-conditions.ts';
import type { CheckTexts } from '../kit/why-not.ts';
import { findErrorSection } from './errors.ts';
import type { Payload } from './payload.ts';
import type { Settings } from './settings.ts';

const texts: CheckTexts = {
  platform: 'Meta',
  troubleshooting: 'meta-troubleshooting',
  skipSections: {
    'consent-denied': 'skipped-events',
    'no-identifier': 'skipped-events',
    filtered: 'skipped-events',
    'browser-tag-sent-it': 'page-views-are-missing',
    bot: 'skipped-events',
    duplicate: 'skipped-events',
  },
  connectionSections: [
    { pattern: /\(190\)/, hash: 'the-token-is-refused' },
    { pattern: /\(100\/33\)|may not send events/, hash: 'the-dataset-is-refused' },
    { pattern: /\(104\)/, hash: 'error-104' },
    { pattern: /\(2635\)/, hash: 'error-2635' },
    { pattern: /\(368\)/, hash: 'error-368' },
    { pattern: /^/, hash: 'the-connection-is-paused' },
  ],
  findIssueSection: findErrorSection,
};

const notShown = { slug: texts.troubleshooting, hash: 'delivered-but-not-in-events-manager' };
const noConversion = { slug: texts.troubleshooting, hash: 'delivered-but-no-conversion' };

/** Checks why an event is not in Events Manager, or not in the ad reports, in the order in which it should be looked for. */
export const whyNot = createWhyNot<Pick<Settings, 'datasetId' | 'testEventCode'>, Payload>(texts, [
  // Meta documents no time after which it shows an event. One hour is an assumption.
  {
    check: 'delay',
    hours: 1,
    waiting: 'Events Manager shows an event some time after Meta accepted it.',
    guide: notShown,
  },
  { check: 'account', noun: 'dataset', id: ({ datasetId }) => datasetId, place: 'Events Manager', guide: notShown },
  // A test code changes only the place in which the event is also shown.
  ({ testEventCode }) =>
    testEventCode === undefined
      ? undefined
      : {
          title: 'The test code is the one of the open tab',
          answer: 'unseen',
          message: `The events are sent with the test code ${testEventCode}, and count as well. Test events shows them only while its code is this one.`,
          guide: notShown,
        },
  {
    check: 'payload',
    title: "The shop's domain may send events",
    judge: ({ event_source_url: url }) =>
      url === undefined
        ? {
            answer: 'no',
            message: 'The event was sent without a URL, so Meta cannot find its domain. Send `page.url` with each event.',
            guide: notShown,
          }
        : {
            answer: 'unseen',
            message: `The event names ${new URL(url).hostname}. Check that the dataset's traffic permissions in Events Manager do not block this domain.`,
            guide: notShown,
          },
    guide: notShown,
  },
  {
    check: 'shared-id',
    read: ({ event_name, event_id }) => [event_name, event_id],
    explain: (name, id) =>
      `Meta shows one event if the Meta Pixel reports “${name}” with the \`eventID\` “${id}” within 48 hours. It then keeps the first report, or the browser's.`,
    guide: { slug: texts.troubleshooting, hash: 'counted-twice' },
  },
  {
    check: 'strong-key',
    read: ({ user_data }) => user_data,
    strong: ['em', 'ph', 'fbc', 'fbp', 'external_id'],
    advice: 'The event was sent with an IP address only, which seldom leads to an account. Send an e-mail or the cookie `_fbp`.',
    guide: { slug: texts.troubleshooting, hash: 'low-match-rate' },
  },
  { check: 'click-id', key: 'fbc', read: ({ user_data }) => user_data.fbc, guide: noConversion },
  {
    title: 'Limited Data Use does not apply to the shopper',
    message:
      'The event was sent with Limited Data Use. Meta does not use it for ads if it locates the shopper in one of the US states.',
    when: ({ data_processing_options: options }) => options !== undefined,
    guide: noConversion,
  },
  {
    title: "The event is within the ad set's attribution window",
    message:
      'Ad reports count an event only within the attribution setting of the ad set. Events Manager also shows events without an ad.',
    guide: noConversion,
  },
]);
