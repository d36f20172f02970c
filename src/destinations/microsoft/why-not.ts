import { z } from 'zod';
import type { Json } from '../../event/issue.ts';
import { dayMs } from '../../event/units.ts';
import {
  type Check,
  type CheckTexts,
  checkClickId,
  checkEvent,
  checkSharedId,
  checkShowDelay,
  type DeliveryHistory,
  payloadGone,
} from '../kit/why-not.ts';
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
  },
  connectionSections: [
    { pattern: /\b401\b/, hash: '401-token-refused' },
    { pattern: /\b403\b/, hash: '403-access-refused' },
    { pattern: /^/, hash: 'the-connection-is-paused' },
  ],
  findIssueSection: (code) => (code === 'refused' || code === 'refused-by-a-firewall' ? 'other-responses' : undefined),
};

/** Checks why an event is not in Microsoft: the conditions of the troubleshooting guide, in order, as far as Convey can check them. */
export function whyNot(history: DeliveryHistory, settings: Pick<Settings, 'tagId'>): readonly Check[] {
  return checkEvent(history, texts, (payload) => checkCounting(history, settings, readPayload(payload)));
}

function checkCounting(history: DeliveryHistory, { tagId }: Pick<Settings, 'tagId'>, payload: SentPayload): readonly Check[] {
  return [
    checkShowDelay(history, {
      title: '24 hours have passed',
      delayMs: dayMs,
      passed: 'The event was sent more than 24 hours ago. The goal and the tag must be that old, too.',
      waiting: 'Microsoft takes up to 24 hours to show a conversion, also after a goal or tag is created.',
      guide: noConversion,
    }),
    {
      title: 'The goal belongs to the tag',
      answer: 'unseen',
      message: `The event was sent to the UET tag ${tagId}. Check in Microsoft Advertising that the goal uses this tag.`,
      guide: { slug: 'create-event-goals' },
    },
    checkAction(payload),
    ...checkDeduplication(payload),
    {
      title: 'The goal is enabled in the account with the ads',
      answer: 'unseen',
      message:
        'Check that its status is Enabled and its scope includes the account with the ads. Goals without “Include in Conversions” appear only in the column All conv.',
      guide: noConversion,
    },
    checkClickId(history, {
      key: 'msclkid',
      owner: "Microsoft's",
      isSent: payload.userData && 'msclkid' in payload.userData,
      guide: { slug: 'enable-click-id-tracking' },
    }),
    {
      title: "The event is within the goal's conversion window",
      answer: 'unseen',
      message: 'A conversion counts only within the conversion window after the click.',
      guide: noConversion,
    },
    {
      title: 'The report includes the day of the click',
      answer: 'unseen',
      message:
        'Microsoft reports a conversion on the day of its click, not of the purchase. Extend the date range of the report.',
      guide: noConversion,
    },
    checkConsent(payload),
  ];
}

const noConversion = { slug: texts.troubleshooting, hash: 'delivered-but-no-conversion' };

function checkAction(payload: SentPayload): Check {
  const title = "The goal's Action equals the event name";
  const guide = { slug: 'create-event-goals' };
  if (payload.eventType === 'pageLoad' && payload.eventName === undefined)
    return {
      title,
      answer: 'unseen',
      message: 'A page view has no name. Destination URL goals count it, event goals do not.',
      guide,
    };
  const name = payload.eventName;
  if (name === undefined) return { title, answer: 'unseen', message: payloadGone, guide };
  return {
    title,
    answer: 'unseen',
    message: `The Action must be exactly “${name}”, without a category, label or value that the event lacks.`,
    guide,
  };
}

function checkDeduplication({ eventName: name, eventId: id }: SentPayload): readonly Check[] {
  // A page view has no name, and only one side reports it.
  if (name === undefined || id === undefined) return [];
  const shared = checkSharedId({
    name,
    id,
    explain: (name, id) =>
      `If the UET tag reports “${name}” with the \`event_id\` “${id}” too, Microsoft counts it once. Convey's pixel does this, unless the tag's mode is \`off\`.`,
    guide: { slug: texts.troubleshooting, hash: 'counted-twice' },
  });
  return [shared];
}

function checkConsent({ adStorageConsent }: SentPayload): Check {
  const title = 'The shopper consented';
  if (adStorageConsent === 'G') return { title, answer: 'yes', message: 'The event was sent with consent granted.' };
  if (adStorageConsent === 'D')
    return {
      title,
      answer: 'no',
      message: 'The event was sent with consent denied, so Microsoft does not use it for advertising.',
      guide: noConversion,
    };
  return { title, answer: 'unseen', message: payloadGone };
}

/** The parts of a stored payload that the checks read. */
const sentPayload = z.lazy(() =>
  z.object({
    eventType: z.string().exactOptional(),
    eventName: z.string().exactOptional(),
    eventId: z.string().exactOptional(),
    adStorageConsent: z.string().exactOptional(),
    userData: z.record(z.string(), z.unknown()).exactOptional(),
  }),
);
type SentPayload = Partial<z.output<typeof sentPayload>>;

/** Returns the payload of the last successful delivery. Empty if it is no longer stored. */
function readPayload(payload: Json | undefined): SentPayload {
  return sentPayload.safeParse(payload).data ?? {};
}
