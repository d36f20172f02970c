import { z } from 'zod';
import { hourMs } from '../../event/units.ts';
import {
  type Check,
  type CheckTexts,
  checkClickId,
  checkEvent,
  checkShowDelay,
  type DeliveryHistory,
  payloadGone,
} from '../kit/why-not.ts';
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
export function whyNot(history: DeliveryHistory, settings: Pick<Settings, 'pixelId' | 'mode'>): readonly Check[] {
  return checkEvent(history, texts, (payload) => checkCounting(history, settings, sentPayload.safeParse(payload).data ?? {}));
}

function checkCounting(
  history: DeliveryHistory,
  { pixelId, mode }: Pick<Settings, 'pixelId' | 'mode'>,
  payload: SentPayload,
): readonly Check[] {
  const { id, type, custom_event_name: custom, oppref, opt_out: isOptedOut } = payload;
  const name = custom ?? type;
  return [
    {
      title: 'The connection is in the mode that counts',
      answer: mode === 'live' ? 'yes' : 'no',
      message: mode === 'live' ? 'The mode is `live`.' : 'In the mode `validate` OpenAI stores no event. Set `mode` to `live`.',
    },
    // OpenAI documents no time after which it shows an event. One hour is an assumption.
    checkShowDelay(history, {
      title: 'An hour has passed',
      delayMs: hourMs,
      passed: 'The event was sent more than an hour ago.',
      waiting: 'Ads Manager shows an event some time after OpenAI accepted it.',
      guide: notShown,
    }),
    {
      title: 'You look at the pixel that receives the event',
      answer: 'unseen',
      message: `The event was sent to the pixel ${pixelId}. Select this pixel in the Event Stream of Ads Manager, and the day of the event.`,
      guide: notShown,
    },
    {
      title: 'An event setting is attached to the campaign',
      answer: 'unseen',
      message: `OpenAI counts an event only for a campaign with an event setting for ${name === undefined ? 'it' : `“${name}”`}. Check this in Ads Manager.`,
      guide: noConversion,
    },
    {
      title: 'Browser and server report the same name and ID',
      answer: 'unseen',
      message:
        id === undefined || name === undefined
          ? payloadGone
          : `OpenAI counts one event if the pixel reports “${name}” with the \`event_id\` “${id}”, and keeps the first report.`,
      guide: { slug: texts.troubleshooting, hash: 'counted-twice' },
    },
    checkClickId(history, {
      key: 'oppref',
      owner: "OpenAI's",
      isSent: id === undefined ? undefined : oppref !== undefined,
      guide: noConversion,
    }),
    ...(isOptedOut ? [optedOut] : []),
    {
      title: 'The event is within 30 days of the click',
      answer: 'unseen',
      message: 'Ad reports count an event only within the window of the event setting, which is 30 days.',
      guide: noConversion,
    },
  ];
}

const optedOut: Check = {
  title: 'The event may be used for personalisation',
  answer: 'no',
  message:
    'The shopper denied personalised advertising, so the event was sent with `opt_out`. OpenAI measures it, and does not personalise by it.',
  guide: noConversion,
};

/** The parts of a stored payload that the checks read. */
const sentPayload = z.lazy(() =>
  z.object({
    id: z.string().exactOptional(),
    type: z.string().exactOptional(),
    custom_event_name: z.string().exactOptional(),
    oppref: z.string().exactOptional(),
    opt_out: z.boolean().exactOptional(),
  }),
);
type SentPayload = Partial<z.output<typeof sentPayload>>;
