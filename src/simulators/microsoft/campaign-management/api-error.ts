import type { Reply } from '../../kit/http/reply.ts';

/**
 * The error codes that the simulator can answer, with the HTTP status of a whole-call fault. The numbers are Microsoft's; statuses, and the
 * names of 5600 to 5617, are assumptions.
 * @source https://learn.microsoft.com/en-us/advertising/guides/operation-error-codes (2026-08-10)
 */
export const errorCodes = {
  0: ['InternalError', 500],
  100: ['NullRequest', 400],
  105: ['InvalidCredentials', 401],
  106: ['UserIsNotAuthorized', 403],
  108: ['AccountCompromised', 403],
  109: ['AuthenticationTokenExpired', 401],
  116: ['MissingHeader', 400],
  117: ['CallRateExceeded', 429],
  120: ['LoginMerged', 401],
  122: ['WorkIdentityRequired', 401],
  123: ['PersonalIdentityRequired', 401],
  124: ['GoogleIdentityRequired', 401],
  125: ['IdentityNotSupported', 401],
  126: ['IdentityProviderMismatch', 401],
  201: ['NullArray', 400],
  203: ['EmptyArray', 400],
  204: ['OperationNotSupported', 400],
  206: ['NullItem', 400],
  207: ['ConcurrentReportsExceeded', 400],
  5300: ['InvalidUetTagId', 400],
  5303: ['UetTagNameAlreadyExists', 400],
  5306: ['InvalidUetTagName', 400],
  5313: ['UetTagsLimitExceeded', 400],
  5316: ['InvalidGoalName', 400],
  5317: ['GoalNameAlreadyExists', 400],
  5326: ['AccountGoalsLimitExceeded', 400],
  5327: ['CustomerGoalsLimitExceeded', 400],
  5332: ['InvalidGoalRevenueType', 400],
  5333: ['InvalidGoalRevenueValue', 400],
  5336: ['EventGoalWithoutPair', 400],
  5337: ['InvalidGoalConversionWindow', 400],
  5342: ['InvalidEventGoalCategory', 400],
  5343: ['InvalidEventGoalAction', 400],
  5344: ['InvalidEventGoalLabel', 400],
  5345: ['InvalidEventGoalValue', 400],
  5347: ['GoalTypeDiffers', 400],
  5351: ['GoalCurrencyRequired', 400],
  5355: ['InvalidGoalCurrency', 400],
  5356: ['GoalTypeCannotBeChanged', 400],
  5358: ['InvalidGoalCategory', 400],
  5600: ['OfflineConversionsNull', 400],
  5601: ['OfflineConversionsEmpty', 400],
  5602: ['OfflineConversionsLimitExceeded', 400],
  5603: ['OfflineConversionNull', 400],
  5604: ['OfflineConversionMicrosoftClickIdInvalid', 400],
  5605: ['OfflineConversionNameNullOrEmpty', 400],
  5606: ['OfflineConversionNameInvalid', 400],
  5607: ['OfflineConversionTimeInvalid', 400],
  5608: ['OfflineConversionTimeNullOrEmpty', 400],
  5609: ['OfflineConversionTimeTooOld', 400],
  5610: ['OfflineConversionFutureTimeCannotBeSet', 400],
  5611: ['OfflineConversionTimeBeforeClick', 400],
  5612: ['OfflineConversionFailedToSend', 500],
  5613: ['OfflineConversionNotEnabled', 400],
  5614: ['OfflineConversionTimeOutOfWindow', 400],
  5615: ['OfflineConversionGoalTooNew', 400],
  5616: ['OfflineConversionValueInvalid', 400],
  5617: ['OfflineConversionCurrencyCodeInvalid', 400],
  5618: ['OfflineConversionAdjustmentTypeInvalid', 400],
  5619: ['OfflineConversionAdjustmentTimeNullOrEmpty', 400],
  5620: ['OfflineConversionAdjustmentTimeEarlierThanConversionTime', 400],
  5621: ['OfflineConversionAdjustmentTimeInvalid', 400],
  5622: ['OfflineConversionFutureAdjustmentTimeCannotBeSet', 400],
  5623: ['OfflineConversionAdjustmentTimeOutOfWindow', 400],
  5624: ['OfflineConversionAdjustmentValueNotExpected', 400],
  5625: ['OfflineConversionAdjustmentValueRequired', 400],
  5626: ['OfflineConversionAdjustmentCurrencyCodeInvalid', 400],
  5627: ['OfflineConversionRestateRetractNotSupported', 400],
  6610: ['FeatureNotEnabled', 400],
} as const satisfies Readonly<Record<number, readonly [name: string, status: number]>>;

export type ErrorCode = keyof typeof errorCodes;

/** @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/dailysummary (2026-08-17) */
export type UnnumberedError =
  | 'NotEligibleForEnhancedConversions'
  | 'ConversionEmailAddressIsNotHashed'
  | 'ConversionPhoneNumberIsNotHashed';

/** Codes of the identity and the gateway before the service: their fault has the form of `AdApiFaultDetail`. */
const adApiCodes: ReadonlySet<ErrorCode> = new Set([0, 105, 106, 108, 109, 116, 117, 120, 122, 123, 124, 125, 126] as const);

/** Refuses the whole call. */
export class ApiFault extends Error {
  readonly code: ErrorCode;
  readonly status: number;

  constructor(code: ErrorCode, status: number = errorCodes[code][1]) {
    super(errorCodes[code][0]);
    this.name = 'ApiFault';
    this.code = code;
    this.status = status;
  }
}

/** Returns the answer that refuses a whole call. */
export function toFaultReply({ code, status }: ApiFault, trackingId: string): Reply {
  const error = { Code: code, ErrorCode: errorCodes[code][0], Message: describeError(code) };
  const body = adApiCodes.has(code)
    ? { TrackingId: trackingId, Type: 'AdApiFaultDetail', Errors: [{ ...error, Detail: '' }] }
    : {
        TrackingId: trackingId,
        Type: 'ApiFaultDetail',
        OperationErrors: [{ ...error, Details: '' }],
        BatchErrors: [],
      };
  return { status, body };
}

/** Returns the name of an error in words. */
const describeError = (code: ErrorCode): string => `${errorCodes[code][0].replace(/([a-z])([A-Z])/g, '$1 $2')}.`;

/** The refusal of one item. */
export interface ItemError {
  readonly index: number;
  /** A name for an error that has no number. */
  readonly code: ErrorCode | UnnumberedError;
  readonly field?: string;
}

/** Returns the partial errors of a call, in the order of their items. */
export function toPartialErrors(errors: readonly ItemError[]): readonly object[] {
  return errors
    .toSorted((a, b) => a.index - b.index)
    .map(({ index, code, field = null }) => ({
      Code: typeof code === 'number' ? code : null,
      ErrorCode: typeof code === 'number' ? errorCodes[code][0] : code,
      Message: typeof code === 'number' ? describeError(code) : '',
      Details: '',
      Index: index,
      FieldPath: field,
      Type: 'BatchError',
      ForwardCompatibilityMap: [],
    }));
}
