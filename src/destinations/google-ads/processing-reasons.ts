import { hourMs } from '../../event/units.ts';

/** The meaning of a processing error, and the remedy. */
interface ProcessingReason {
  readonly message: string;
  /** Google counted the event before. */
  readonly isCounted?: true;
  /** The event may be accepted after this time. */
  readonly resendAfterMs?: number;
}

const terms = 'Accept the customer data terms in Google Ads: Goals > Settings > Customer data terms.';
const account = 'Set `customerId` to the account that owns the ads and the conversion actions.';
const consent = 'Check the consent settings of the account, and that your consent tool asks for `ad_user_data`.';

/**
 * The processing errors of events, by Google's name without the prefix `PROCESSING_ERROR_REASON_`.
 * @source https://github.com/googleapis/googleapis/blob/master/google/ads/datamanager/v1/processing_errors.proto (2026-08-22)
 */
export const processingReasons: Readonly<Record<string, ProcessingReason>> = {
  EVENT_TOO_OLD: { message: "The event, or its click, is older than the conversion action's window. No action needed." },
  TOO_RECENT_CLICK: {
    message: 'The click is too recent. Convey sends the event again after 6 hours.',
    resendAfterMs: 6 * hourMs,
  },
  CLICK_NOT_FOUND: { message: 'The click ID belongs to no ad click that Google knows. Check that auto-tagging is on.' },
  INVALID_CLICK: { message: 'Google filters the click as invalid. No action needed.' },
  CONVERSION_PRECEDES_CLICK: { message: 'The event is earlier than its click. Check the time that the server sends.' },
  INVALID_GCLID: { message: 'The `gclid` is no click ID of Google. Pass it unchanged from the landing page.' },
  INVALID_GBRAID: { message: 'The `gbraid` is no click ID of Google. Pass it unchanged from the landing page.' },
  INVALID_WBRAID: { message: 'The `wbraid` is no click ID of Google. Pass it unchanged from the landing page.' },
  INVALID_AD_IDENTIFIERS: { message: 'The click ID is not valid. Pass it unchanged from the landing page.' },
  ONE_PER_CLICK_CONVERSION_ACTION_NOT_PERMITTED_WITH_BRAID: {
    message: 'A conversion action that counts “One” takes no `gbraid` or `wbraid`. Set its count to “Every”.',
  },
  OPERATING_ACCOUNT_MISMATCH_FOR_AD_IDENTIFIER: { message: `The click belongs to the ads of another account. ${account}` },
  INVALID_OPERATING_ACCOUNT_FOR_CLICK: { message: `The click belongs to the ads of another account. ${account}` },
  DENIED_CONSENT: { message: `The account, or the shopper, denies the use of user data. ${consent}` },
  NO_CONSENT: { message: `The account has not allowed Google's services to use the data. ${consent}` },
  UNKNOWN_CONSENT: { message: `Google could not determine the consent. ${consent}` },
  DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED: {
    message: `The account has not accepted the customer data terms. ${terms}`,
  },
  DUPLICATE_TRANSACTION_ID: { message: 'Google had counted this transaction ID before.', isCounted: true },
  DUPLICATE_GCLID: { message: 'Google had counted this click and time before.', isCounted: true },
  INVALID_MERCHANT_ID: { message: 'The Merchant Center ID is not valid. Check `merchantId`.' },
  INVALID_CUSTOM_VARIABLE: { message: 'A custom variable is not valid. Convey sends none; check the conversion action.' },
  CUSTOM_VARIABLE_NOT_ENABLED: { message: 'A custom variable is not enabled. Convey sends none; check the conversion action.' },
  INVALID_EVENT: { message: 'Google calls the event invalid. Compare its payload with the guide.' },
  INVALID_FORMAT: { message: 'A field has the wrong format. Compare its payload with the guide.' },
  INTERNAL_ERROR: { message: 'Google had an internal error. Convey sends the event again in an hour.', resendAfterMs: hourMs },
};

/** Returns Google's name of a reason without its prefix. One name lacks a part of the prefix. */
export function shortenReason(reason: string): string {
  return reason.replace(/^PROCESSING_(?:ERROR|WARNING)_(?:REASON_)?/, '');
}

export function findProcessingReason(reason: string): ProcessingReason | undefined {
  return Object.hasOwn(processingReasons, reason) ? processingReasons[reason] : undefined;
}
