import { createWhyNot } from '../kit/counting-conditions.ts';
import type { Check, CheckTexts, DeliveryHistory } from '../kit/why-not.ts';
import type { Payload } from './payload.ts';
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

const countedTwice = { slug: texts.troubleshooting, hash: 'counted-twice' };

const checkEvent = createWhyNot<Pick<Settings, 'customerId'>, Payload>(texts, [
  {
    check: 'delay',
    hours: 24,
    waiting: 'Google Ads may take a day to show a conversion in its reports. Look again tomorrow.',
    guide,
  },
  {
    title: 'The conversion action is the one in your report',
    message: ({ productDestinationId: action }, { customerId }) =>
      `The event was sent to the action ${action} of the account ${customerId}. An action that is secondary appears only in the column All conv.`,
    guide,
  },
  {
    title: 'Tag and server report the same transaction ID',
    message: ({ transactionId: id }) =>
      `Google counts one conversion if the Google tag reports “${id}” as \`transaction_id\` to the same action. The second report changes only the value.`,
    guide: countedTwice,
  },
  { check: 'click-id', key: 'google-click-id', read: ({ adIdentifiers }) => adIdentifiers, guide },
  {
    check: 'payload',
    title: 'The event has an e-mail or a phone',
    judge: ({ userData }, { explainMissing }) =>
      userData === undefined
        ? { answer: 'no', message: `The event was sent without user data.${explainMissing('email')}`, guide }
        : { answer: 'yes', message: 'The event was sent with hashed user data.' },
    guide,
  },
  {
    title: "The event is within the action's conversion window",
    message: 'A conversion counts only within the click-through window of its action, 30 days unless you changed it.',
    guide,
  },
  {
    title: 'The report includes the day of the click',
    message: 'Google Ads reports a conversion on the day of its click, not of the purchase. Extend the date range of the report.',
    guide,
  },
]);

const onlyValidated: Check = {
  title: 'The connection is in the mode that counts',
  answer: 'no',
  message: 'In the mode `validate` Google checks each event and counts none. Set `mode` to `live`.',
  guide: { slug: texts.troubleshooting, hash: 'events-are-only-validated' },
};

/** Checks why an event is not in Google Ads, in the order in which to look. */
export function whyNot(
  history: DeliveryHistory,
  settings: Pick<Settings, 'customerId' | 'mode'>,
  payload?: Payload,
): readonly Check[] {
  const checks = checkEvent(history, settings, payload);
  return settings.mode === 'live' ? checks : [...checks, onlyValidated];
}
