import { z } from 'zod';
import { dayMs } from '../../event/units.ts';
import { type Check, type CheckWords, checkDelivery, checkFields, type DeliveryHistory, findDelivery } from '../kit/why-not.ts';
import type { Settings } from './settings.ts';

const words: CheckWords = {
  platform: 'Microsoft',
  troubleshooting: 'troubleshooting',
  skipSections: {
    'consent-denied': 'skipped-consent-denied',
    'no-identifier': 'skipped-no-identifier',
    bot: 'skipped-bot',
    duplicate: 'skipped-duplicate',
    filtered: 'skipped-filtered',
    'browser-tag-sent-it': 'page-views-are-missing',
    'no-address': 'page-views-are-missing',
  },
  connectionSections: [
    { pattern: /\b401\b/, hash: '401-token-refused' },
    { pattern: /\b403\b/, hash: '403-access-refused' },
    { pattern: /^/, hash: 'the-connection-is-paused' },
  ],
};

/** Checks why an event is not in Microsoft: the conditions of the troubleshooting guide, in order, as far as Convey can check them. */
export function whyNot(history: DeliveryHistory, { tagId }: Pick<Settings, 'tagId'>): readonly Check[] {
  const before = checkDelivery(history, words);
  if (history.outcome !== 'delivered') return before;
  const payload = readPayload(findDelivery(history)?.payload);
  return [
    ...before,
    checkFields(history, words),
    checkDayPassed(history),
    {
      title: 'The goal belongs to the tag',
      answer: 'unseen',
      message: `The event was sent to the UET tag ${tagId}. Check in Microsoft Advertising that the goal uses this tag.`,
      guide: { slug: 'create-event-goals' },
    },
    checkAction(payload),
    {
      title: 'The goal is enabled in the account with the ads',
      answer: 'unseen',
      message:
        'Check that its status is Enabled and its scope includes the account with the ads. Goals without “Include in Conversions” appear only in the column All conv.',
      guide: noConversion,
    },
    checkClick(history, payload),
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

const noConversion = { slug: words.troubleshooting, hash: 'delivered-but-no-conversion' };

function checkDayPassed(history: DeliveryHistory): Check {
  const title = '24 hours have passed';
  const at = findDelivery(history)?.startedAt;
  const isOld = at !== undefined && history.now - at >= dayMs;
  if (isOld)
    return {
      title,
      answer: 'yes',
      message: 'The event was sent more than 24 hours ago. The goal and the tag must be that old, too.',
      guide: noConversion,
    };
  return {
    title,
    answer: at === undefined ? 'unseen' : 'wait',
    message: 'Microsoft takes up to 24 hours to show a conversion, also after a goal or tag is created.',
    guide: noConversion,
  };
}

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
  if (name === undefined) return { title, answer: 'unseen', message: 'The payload is no longer stored.', guide };
  return {
    title,
    answer: 'unseen',
    message: `The Action must be exactly “${name}”, without a category, label or value that the event lacks.`,
    guide,
  };
}

function checkClick({ missing }: DeliveryHistory, { userData }: SentPayload): Check {
  const title = 'The event has a click ID';
  const guide = { slug: 'enable-click-id-tracking' };
  if (userData === undefined) return { title, answer: 'unseen', message: 'The payload is no longer stored.', guide };
  if ('msclkid' in userData) return { title, answer: 'yes', message: "The event was sent with Microsoft's click ID." };
  const reason = missing.find(({ key }) => key === 'msclkid');
  const why = reason ? ` ${reason.says} ${reason.remedy}` : '';
  return { title, answer: 'no', message: `The event was sent without a click ID.${why}`, guide };
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
  return { title, answer: 'unseen', message: 'The payload is no longer stored.' };
}

/** The parts of a stored payload that the checks read. */
const sentPayload = z.object({
  eventType: z.string().exactOptional(),
  eventName: z.string().exactOptional(),
  adStorageConsent: z.string().exactOptional(),
  userData: z.record(z.string(), z.unknown()).exactOptional(),
});
type SentPayload = Partial<z.output<typeof sentPayload>>;

/** Returns the payload of the last successful delivery. Empty if it is no longer stored. */
function readPayload(payload: unknown): SentPayload {
  return sentPayload.safeParse(payload).data ?? {};
}
