import { createWhyNot } from '../kit/counting-conditions.ts';
import type { CheckTexts } from '../kit/why-not.ts';
import type { Payload } from './payload.ts';
import type { Settings } from './settings.ts';

const texts: CheckTexts = {
  platform: 'OpenAI',
  troubleshooting: 'openai-ads-troubleshooting',
  skipSections: {
    'consent-denied': 'skipped-events',
    'no-identifier': 'skipped-events',
    filtered: 'skipped-events',
  },
  connectionSections: [
    { pattern: /Conversions API key/, hash: 'the-key-is-refused' },
    { pattern: /no such pixel/, hash: 'the-pixel-is-not-found' },
    { pattern: /^/, hash: 'the-connection-is-paused' },
  ],
  findIssueSection: (code) => (code === 'refused' ? 'other-responses' : undefined),
};

const notShown = { slug: texts.troubleshooting, hash: 'delivered-but-not-in-the-event-stream' };
const noConversion = { slug: texts.troubleshooting, hash: 'delivered-but-no-conversion' };

/** Checks why an event is not in Ads Manager, or not in the ad reports, in the order in which it should be looked for. */
export const whyNot = createWhyNot<Pick<Settings, 'pixelId' | 'mode'>, Payload>(texts, [
  ({ mode }) => ({
    title: 'The connection is in the mode that counts',
    answer: mode === 'live' ? 'yes' : 'no',
    message: mode === 'live' ? 'The mode is `live`.' : 'In the mode `validate` OpenAI stores no event. Set `mode` to `live`.',
  }),
  // OpenAI documents no time after which it shows an event. One hour is an assumption.
  { check: 'delay', hours: 1, waiting: 'Ads Manager shows an event some time after OpenAI accepted it.', guide: notShown },
  {
    check: 'account',
    noun: 'pixel',
    id: ({ pixelId }) => pixelId,
    place: 'the Event Stream of Ads Manager',
    guide: notShown,
  },
  (_, payload) => ({
    title: 'An event setting is attached to the campaign',
    answer: 'unseen',
    message: `OpenAI counts an event only for a campaign with an event setting for ${payload === undefined ? 'it' : `“${readName(payload)}”`}. Check this in Ads Manager.`,
    guide: noConversion,
  }),
  {
    check: 'shared-id',
    read: (payload) => [readName(payload), payload.id],
    explain: (name, id) =>
      `OpenAI counts one event if the pixel reports “${name}” with the \`event_id\` “${id}”, and keeps the first report.`,
    guide: { slug: texts.troubleshooting, hash: 'counted-twice' },
  },
  { check: 'click-id', key: 'oppref', read: ({ oppref }) => oppref, guide: noConversion },
  {
    title: 'The event may be used for personalisation',
    answer: 'no',
    message:
      'The shopper denied personalised advertising, so the event was sent with `opt_out`. OpenAI measures it, and does not personalise by it.',
    when: ({ opt_out: isOptedOut }) => isOptedOut === true,
    guide: noConversion,
  },
  {
    title: 'The event is within 30 days of the click',
    message: 'Ad reports count an event only within the window of the event setting, which is 30 days.',
    guide: noConversion,
  },
]);

function readName({ type, custom_event_name: custom }: Payload): string {
  return custom ?? type;
}
