import { z } from 'zod';
import { secondMs } from '../../event/units.ts';
import {
  type Check,
  type CheckTexts,
  checkClickId,
  checkEvent,
  checkSharedId,
  checkStrongKey,
  type DeliveryHistory,
  findDelivery,
  payloadGone,
} from '../kit/why-not.ts';
import { freshMs } from './map.ts';
import { isEnough } from './payload.ts';
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

/** Checks why an event is not in Ads Manager, or not in the ad reports, in the order in which it should be looked for. */
export function whyNot(history: DeliveryHistory, settings: Pick<Settings, 'adAccountId' | 'testMode'>): readonly Check[] {
  return checkEvent(history, texts, (stored) => {
    const payload = sentPayload.safeParse(stored).data ?? {};
    return [
      checkTestMode(settings),
      checkFreshness(payload, findDelivery(history)?.startedAt),
      {
        title: 'You look at the ad account that receives the event',
        answer: 'unseen',
        message: `The event was sent to the ad account ${settings.adAccountId}. Select this ad account in Ads Manager, and the day of the event.`,
        guide: notShown,
      },
      ...checkName(payload),
      checkDeduplication(payload),
      checkIdentifier(payload),
      checkClickId(history, {
        key: 'click',
        owner: "Pinterest's",
        isSent: payload.user_data && payload.user_data.click_id !== undefined,
        guide: noConversion,
      }),
      ...checkDataProcessing(payload),
      {
        title: "The event is within the ad account's attribution windows",
        answer: 'unseen',
        message:
          'Ad reports count an event only within the conversion windows of the report. Conversions › Event history also shows events without an ad.',
        guide: noConversion,
      },
    ];
  });
}

const notShown = { slug: texts.troubleshooting, hash: 'delivered-but-not-in-ads-manager' };
const noConversion = { slug: texts.troubleshooting, hash: 'delivered-but-no-conversion' };
const late = { slug: texts.troubleshooting, hash: 'counted-as-offline' };

function checkTestMode({ testMode }: Pick<Settings, 'testMode'>): Check {
  const title = 'The test mode is off';
  if (testMode === 'off') return { title, answer: 'yes', message: '`testMode` is `off`.' };
  return {
    title,
    answer: 'no',
    message: 'In the test mode Pinterest records nothing. Set `testMode` to `off`.',
    guide: { slug: texts.troubleshooting, hash: 'the-test-mode-is-on' },
  };
}

/** Checks whether Pinterest received the event within an hour. Later ones are offline, which are not merged with the tag's. */
function checkFreshness({ event_time: time }: SentPayload, sentAt: number | undefined): Check {
  const title = 'Pinterest received the event within an hour';
  if (time === undefined || sentAt === undefined) return { title, answer: 'unseen', message: payloadGone, guide: late };
  if (sentAt - time * secondMs <= freshMs)
    return { title, answer: 'yes', message: 'The event was fresh, so Pinterest merges it with an event of the tag.' };
  return {
    title,
    answer: 'no',
    message:
      'The event was sent more than an hour after it happened. Pinterest counts it as offline, and counts an event of the tag besides.',
    guide: late,
  };
}

const ownEvents = /^(?:page_visit|view_content|view_category|add_to_cart|initiate_checkout|checkout|lead|search|signup)$/;

/** Checks whether Pinterest reports the name. Others are for audiences, unless an operator maps them. */
function checkName({ event_name: name }: SentPayload): readonly Check[] {
  if (name === undefined || ownEvents.test(name)) return [];
  return [
    {
      title: 'Pinterest reports events of this name',
      answer: 'unseen',
      message: `The event was sent as “${name}”. Pinterest reports a name of your own only after you mapped it in Ads Manager.`,
      guide: notShown,
    },
  ];
}

function checkDeduplication({ event_name: name, event_id: id }: SentPayload): Check {
  return checkSharedId({
    name,
    id,
    explain: (name, id) =>
      `Pinterest counts one event if the tag reports “${name}” with the \`event_id\` “${id}” within 24 hours. It keeps the first report.`,
    guide: { slug: texts.troubleshooting, hash: 'counted-twice' },
  });
}

function checkIdentifier({ user_data: fields }: SentPayload): Check {
  return checkStrongKey({
    fields,
    strong: ['em', 'hashed_maids', 'click_id'],
    advice:
      fields && isEnough(fields)
        ? 'The event was sent with IP address and user agent only, which seldom lead to an account. Send `user.email`.'
        : 'The event was sent without enough identity. Send `user.email`.',
    guide: { slug: texts.troubleshooting, hash: 'low-match-rate' },
  });
}

function checkDataProcessing({ custom_data: { opt_out_type: type } = {} }: SentPayload): readonly Check[] {
  if (type === undefined) return [];
  return [
    {
      title: 'Limited Data Processing is intended',
      answer: 'unseen',
      message:
        'The event was sent with Limited Data Processing, as an event of California. Pinterest limits its use for ads: see `limitedDataProcessing`.',
      guide: noConversion,
    },
  ];
}

/** The parts of a stored payload that the checks read. */
const sentPayload = z.lazy(() =>
  z.object({
    event_name: z.string().exactOptional(),
    event_id: z.string().exactOptional(),
    event_time: z.number().exactOptional(),
    user_data: z.record(z.string(), z.unknown()).exactOptional(),
    custom_data: z.object({ opt_out_type: z.string().exactOptional() }).exactOptional(),
  }),
);
type SentPayload = Partial<z.output<typeof sentPayload>>;
