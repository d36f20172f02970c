import { z } from 'zod';
import { dayMs } from '../../event/units.ts';
import { type Check, type CheckWords, checkDelivery, checkFields, type DeliveryHistory, findDelivery } from '../kit/why-not.ts';
import type { Settings } from './settings.ts';

const words: CheckWords = {
  platform: 'Google',
  troubleshooting: 'google-ads-troubleshooting',
  skipSections: {
    'consent-denied': 'skipped-consent-denied',
    'no-identifier': 'skipped-no-identifier',
    'unsupported-event': 'skipped-unsupported-event',
    bot: 'skipped-bot',
    duplicate: 'skipped-duplicate',
  },
  connectionSections: [
    { pattern: /conversion action|`conversions`/, hash: 'the-conversion-action-is-refused' },
    { pattern: /customer data terms|hashed data/, hash: 'the-customer-data-terms-are-not-accepted' },
    { pattern: /customerId|loginCustomerId/, hash: 'the-account-is-refused' },
    { pattern: /credential|service account|token|OAuth|clock|scope/i, hash: 'the-credential-is-refused' },
    { pattern: /quota/, hash: 'the-quota-is-used-up' },
    { pattern: /^/, hash: 'the-connection-is-paused' },
  ],
};

const guide = { slug: words.troubleshooting, hash: 'delivered-but-no-conversion' };
const unseenPayload = 'The payload is no longer stored.';

/** Checks why an event is not in Google Ads, in the order in which to look. */
export function whyNot(history: DeliveryHistory, { customerId, mode }: Pick<Settings, 'customerId' | 'mode'>): readonly Check[] {
  const isLive: readonly Check[] = mode === 'live' ? [] : [onlyValidated];
  const before = [...checkDelivery(history, words), ...isLive];
  if (history.outcome !== 'delivered') return before;
  const payload = readPayload(findDelivery(history)?.payload);
  return [
    ...before,
    checkFields(history, words),
    checkDayPassed(history),
    checkAction(payload, customerId),
    checkTransaction(payload),
    checkClick(history, payload),
    checkUserData(history, payload),
    {
      title: "The event is within the action's conversion window",
      answer: 'unseen',
      message: 'A conversion counts only within the click-through window of its action, 30 days unless you changed it.',
      guide,
    },
    {
      title: 'The report includes the day of the click',
      answer: 'unseen',
      message:
        'Google Ads reports a conversion on the day of its click, not of the purchase. Extend the date range of the report.',
      guide,
    },
  ];
}

const onlyValidated: Check = {
  title: 'The connection is in the mode that counts',
  answer: 'no',
  message: 'In the mode `validate` Google checks each event and counts none. Set `mode` to `live`.',
  guide: { slug: words.troubleshooting, hash: 'events-are-only-validated' },
};

function checkDayPassed(history: DeliveryHistory): Check {
  const title = '24 hours have passed';
  const at = findDelivery(history)?.startedAt;
  if (at !== undefined && history.now - at >= dayMs)
    return { title, answer: 'yes', message: 'The event was sent more than 24 hours ago.' };
  return {
    title,
    answer: 'wait',
    message: 'Google Ads may take a day to show a conversion in its reports. Look again tomorrow.',
    guide,
  };
}

function checkAction({ productDestinationId: action }: SentPayload, customerId: string): Check {
  const title = 'The conversion action is the one in your report';
  if (action === undefined) return { title, answer: 'unseen', message: unseenPayload, guide };
  return {
    title,
    answer: 'unseen',
    message: `The event was sent to the action ${action} of the account ${customerId}. An action that is secondary appears only in the column All conv.`,
    guide,
  };
}

function checkTransaction({ transactionId: id }: SentPayload): Check {
  const title = 'Tag and server report the same transaction ID';
  const counted = { slug: words.troubleshooting, hash: 'counted-twice' };
  if (id === undefined) return { title, answer: 'unseen', message: unseenPayload, guide: counted };
  return {
    title,
    answer: 'unseen',
    message: `Google counts one conversion if the Google tag reports “${id}” as \`transaction_id\` to the same action. The second report changes only the value.`,
    guide: counted,
  };
}

function checkClick({ missing }: DeliveryHistory, { adIdentifiers }: SentPayload): Check {
  const title = 'The event has a click ID';
  if (adIdentifiers !== undefined) return { title, answer: 'yes', message: "The event was sent with Google's click ID." };
  const reason = missing.find(({ key }) => key === 'google-click-id');
  const why = reason ? ` ${reason.says} ${reason.remedy}` : '';
  return { title, answer: 'no', message: `The event was sent without a click ID.${why}`, guide };
}

function checkUserData({ missing }: DeliveryHistory, { userData }: SentPayload): Check {
  const title = 'The event has an e-mail or a phone';
  if (userData !== undefined) return { title, answer: 'yes', message: 'The event was sent with hashed user data.' };
  const reason = missing.find(({ key }) => key === 'email');
  const why = reason ? ` ${reason.says} ${reason.remedy}` : '';
  return { title, answer: 'no', message: `The event was sent without user data.${why}`, guide };
}

/** The parts of a stored payload that the checks read. */
const sentPayload = z.object({
  productDestinationId: z.string().exactOptional(),
  transactionId: z.string().exactOptional(),
  adIdentifiers: z.unknown().optional(),
  userData: z.unknown().optional(),
});
type SentPayload = Partial<z.output<typeof sentPayload>>;

/** Returns the payload of the last successful delivery. Empty if it is no longer stored. */
function readPayload(payload: unknown): SentPayload {
  return sentPayload.safeParse(payload).data ?? {};
}
