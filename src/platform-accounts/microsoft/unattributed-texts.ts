/**
 * The reasons why Microsoft attributed an upload to no click, with what to do.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/getofflineconversionreportbygoalids?view=bingads-13
 * (2026-08-17)
 */
const texts: ReadonlyMap<string, string> = new Map([
  ['AccountMismatch', 'The click belongs to another account. Choose the account whose ads bring the shoppers.'],
  ['AdjustmentOriginalNotFound', 'The refunded purchase was not found. Nothing can be done.'],
  ['ClickTimestampAfterConversion', 'The purchase was made before the click. Check the time that the shop reports.'],
  ['ConversionAlreadyRetracted', 'The purchase had been taken back. No action needed.'],
  ['ConversionTimeExceedsMaxLookback', 'The purchase was older than 90 days. Report purchases sooner.'],
  ['ConversionTimeInFuture', 'The time of the purchase was in the future. Check the clocks of shop and gateway.'],
  ['DuplicateConversionKey', 'The purchase had been uploaded before, and counts once. No action needed.'],
  ['GoalNotFoundOrInactive', 'The goal was paused or renamed. Activate it in Microsoft Advertising.'],
  ['HistoricalClickDataExpired', 'The click is too old for Microsoft. Nothing can be done.'],
  ['MalformedData', 'Microsoft could not read the row. Update Convey. If it persists, report it.'],
  [
    'MissingMatchIdentifiers',
    'The row had no click id and no hash. Report the e-mail address or the phone number with the order.',
  ],
  [
    'NoMatchingClickFound',
    'The shopper clicked no ad of the account that Microsoft knows. No action needed for shoppers who came otherwise.',
  ],
  [
    'OutsideGoalLookbackWindow',
    'The purchase was made after the conversion window of the goal. Extend the window in Microsoft Advertising.',
  ],
]);

export function explainUnattributed(reason: string): string {
  return texts.get(reason) ?? 'Microsoft gives no known reason. Look in Microsoft Advertising.';
}
