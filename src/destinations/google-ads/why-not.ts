import { z } from 'zod';
import { dayMs } from '../../event/units.ts';
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
  platform: 'Google',
  troubleshooting: 'google-ads-troubleshooting',
  skipSections: {
    'consent-denied': 'skipped-events',
    'no-identifier': 'skipped-events',
    'unsupported-event': 'skipped-events',
    filtered: 'skipped-events',
    bot: 'skipped-events',
    duplicate: 'skipped-events',
  },
  connectionSections: [
    { pattern: /conversion action|`conversions`/, hash: 'the-conversion-action-is-refused' },
    { pattern: /customer data terms|hashed data/, hash: 'the-customer-data-terms-are-not-accepted' },
    { pattern: /customerId|loginCustomerId/, hash: 'the-account-is-refused' },
    { pattern: /credential|service account|token|OAuth|clock|scope/i, hash: 'the-credential-is-refused' },
    { pattern: /quota/, hash: 'the-quota-is-used-up' },
    { pattern: /^/, hash: 'the-connection-is-paused' },
  ],
  // Google's reasons are its own words, such as `INVALID_GCLID`.
  findIssueSection: (code) => (/^[A-Z][A-Z_]+$/.test(code) ? 'google-ads-verdicts#reasons' : undefined),
};

const guide = { slug: texts.troubleshooting, hash: 'delivered-but-no-conversion' };

/** Checks why an event is not in Google Ads, in the order in which to look. */
export function whyNot(history: DeliveryHistory, { customerId, mode }: Pick<Settings, 'customerId' | 'mode'>): readonly Check[] {
  const checks = checkEvent(history, texts, (sent) => checkCounting(history, customerId, readPayload(sent)));
  return mode === 'live' ? checks : [...checks, onlyValidated];
}

function checkCounting(history: DeliveryHistory, customerId: string, payload: SentPayload): readonly Check[] {
  return [
    checkShowDelay(history, {
      title: '24 hours have passed',
      delayMs: dayMs,
      passed: 'The event was sent more than 24 hours ago.',
      waiting: 'Google Ads may take a day to show a conversion in its reports. Look again tomorrow.',
      guide,
    }),
    checkAction(payload, customerId),
    checkTransaction(payload),
    checkClickId(history, {
      key: 'google-click-id',
      owner: "Google's",
      isSent: payload.eventTimestamp === undefined ? undefined : payload.adIdentifiers !== undefined,
      guide,
    }),
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
  guide: { slug: texts.troubleshooting, hash: 'events-are-only-validated' },
};

function checkAction({ productDestinationId: action }: SentPayload, customerId: string): Check {
  const title = 'The conversion action is the one in your report';
  if (action === undefined) return { title, answer: 'unseen', message: payloadGone, guide };
  return {
    title,
    answer: 'unseen',
    message: `The event was sent to the action ${action} of the account ${customerId}. An action that is secondary appears only in the column All conv.`,
    guide,
  };
}

function checkTransaction({ transactionId: id }: SentPayload): Check {
  const title = 'Tag and server report the same transaction ID';
  const counted = { slug: texts.troubleshooting, hash: 'counted-twice' };
  if (id === undefined) return { title, answer: 'unseen', message: payloadGone, guide: counted };
  return {
    title,
    answer: 'unseen',
    message: `Google counts one conversion if the Google tag reports “${id}” as \`transaction_id\` to the same action. The second report changes only the value.`,
    guide: counted,
  };
}

function checkUserData({ missing }: DeliveryHistory, { eventTimestamp, userData }: SentPayload): Check {
  const title = 'The event has an e-mail or a phone';
  if (eventTimestamp === undefined) return { title, answer: 'unseen', message: payloadGone, guide };
  if (userData !== undefined) return { title, answer: 'yes', message: 'The event was sent with hashed user data.' };
  const reason = missing.find(({ key }) => key === 'email');
  const why = reason ? ` ${reason.says} ${reason.remedy}` : '';
  return { title, answer: 'no', message: `The event was sent without user data.${why}`, guide };
}

/** The parts of a stored payload that the checks read. */
const sentPayload = z.lazy(() =>
  z.object({
    productDestinationId: z.string().exactOptional(),
    transactionId: z.string().exactOptional(),
    eventTimestamp: z.string().exactOptional(),
    adIdentifiers: z.unknown().optional(),
    userData: z.unknown().optional(),
  }),
);
type SentPayload = Partial<z.output<typeof sentPayload>>;

/** Returns the payload of the last successful delivery. Empty if it is no longer stored. */
function readPayload(payload: unknown): SentPayload {
  return sentPayload.safeParse(payload).data ?? {};
}
