import { z } from 'zod';
import type { LateConversion, LateVerdict } from '../../event/late-conversion.ts';
import { secondMs } from '../../event/units.ts';
import type { UploadedConversions } from '../late/late-goal.ts';
import { toUploadFailure } from './adjust-conversions.ts';
import type { MicrosoftCall } from './call.ts';
import type { MicrosoftClient } from './client.ts';
import { type MicrosoftFault, toItemFailure } from './faults.ts';

/**
 * Uploads purchases to an offline goal. An answer without faults means that Microsoft took the rows, and not that it attributes them to a
 * click. A row that is sent again is ignored.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/applyofflineconversions?view=bingads-13 and
 * /offlineconversion (2026-08-17)
 */

/** Returns the call that uploads purchases, at most 1,000. */
export const applyOfflineConversions = (goal: string, conversions: readonly LateConversion[]): MicrosoftCall<object> => ({
  service: 'campaign',
  path: '/OfflineConversions/Apply',
  body: { OfflineConversions: conversions.map((one) => toRow(goal, one)) },
  answer: z.object({}),
});

function toRow(goal: string, { value, currency, ...key }: LateConversion): object {
  return {
    ...toRowKey(goal, key),
    ...(value !== undefined && { ConversionValue: value }),
    ...(currency !== undefined && { ConversionCurrencyCode: currency }),
  };
}

/** Returns the fields by which Microsoft finds an uploaded conversion again. */
export function toRowKey(
  goal: string,
  { time, clickId, email, phone }: Pick<LateConversion, 'time' | 'clickId' | 'email' | 'phone'>,
): object {
  return {
    ConversionName: goal,
    ConversionTime: `${new Date(Math.floor(time / secondMs) * secondMs).toISOString().slice(0, 19)}Z`,
    ...(clickId !== undefined && { MicrosoftClickId: clickId }),
    ...(email !== undefined && { HashedEmailAddress: email }),
    ...(phone !== undefined && { HashedPhoneNumber: phone }),
  };
}

/** The goal is not known, or is paused. */
const goalUnknown = 5_606;
/** The goal is younger than two hours. */
const goalTooYoung = 5_615;
const clickIdInvalid = 5_604;

export async function uploadOfflineConversions(
  client: Pick<MicrosoftClient, 'call'>,
  goal: string,
  conversions: readonly LateConversion[],
): Promise<UploadedConversions> {
  const called = await client.call(applyOfflineConversions(goal, conversions));
  if ('failure' in called) return { result: { failure: toUploadFailure(called.failure) } };
  const byIndex = new Map(called.faults.map((fault) => [fault.index, fault]));
  // A fault without a place is about the call.
  const general = byIndex.get(undefined);
  const verdicts = conversions.map((_, index) => toVerdict(byIndex.get(index) ?? general));
  const has = (code: number) => called.faults.some((fault) => fault.code === code);
  const goalState = has(goalUnknown) ? 'unknown' : has(goalTooYoung) ? 'too-young' : undefined;
  const tracking = called.trackingId === undefined ? {} : { trackingId: called.trackingId };
  return { result: { verdicts, ...tracking }, ...(goalState && { goal: goalState }) };
}

function toVerdict(fault: MicrosoftFault | undefined): LateVerdict {
  if (!fault) return 'taken';
  const text = rowTexts.get(fault.code) ?? namedTexts.get(fault.name);
  const failure = toItemFailure(fault);
  const { code, action } = failure;
  const message = text ?? failure.message;
  if (fault.code === clickIdInvalid) return { clickIdRefused: { code, message } };
  if (fault.code === goalUnknown || fault.code === goalTooYoung) return { failed: { code, message, pause: 'backoff' } };
  const isRefused = text !== undefined || action === 'row' || action === 'input';
  return isRefused ? { refused: { code, message } } : { failed: toUploadFailure(failure) };
}

/** @source https://learn.microsoft.com/en-us/advertising/guides/operation-error-codes?view=bingads-13 (2026-08-10) */
const rowTexts: ReadonlyMap<number, string> = new Map([
  [clickIdInvalid, 'Microsoft does not know the form of the click id. Pass the `msclkid` of the landing page’s URL unchanged.'],
  [goalUnknown, 'Microsoft finds no active goal of this name. Convey reads the goals again. Activate the goal if it is paused.'],
  [goalTooYoung, 'Microsoft takes no uploads in the first two hours of a goal. Convey waits for them.'],
  [5_607, 'Microsoft refuses the form of the time. Update Convey. If it persists, report it.'],
  [5_609, 'The purchase is older than 90 days, so Microsoft does not take it any more. No action is possible.'],
  [5_610, 'The time of the purchase is in the future for Microsoft. Check the clock of the gateway.'],
  [5_611, 'The purchase was made before the click on the ad. Check the time that the shop reports.'],
  [5_614, 'The purchase was made after the conversion window of the goal. Extend the window in Microsoft Advertising.'],
  [5_616, 'Microsoft refuses the value. Report a value of 0 or more with at most three decimals.'],
  [5_617, 'Microsoft does not know the currency. Report a code of ISO 4217.'],
  [5_626, 'Microsoft refuses the value or the currency. Report a value of 0 or more, and a code of ISO 4217.'],
]);

/** The faults without numbers. */
const namedTexts: ReadonlyMap<string, string> = new Map([
  [
    'NotEligibleForEnhancedConversions',
    'The purchase has no click id, and the goal compares no hashes. Turn on enhanced conversions for the goal in Microsoft Advertising.',
  ],
  [
    'ConversionEmailAddressIsNotHashed',
    'Microsoft does not take the hash of the e-mail address. Report the address, or its SHA-256.',
  ],
  [
    'ConversionPhoneNumberIsNotHashed',
    'Microsoft does not take the hash of the phone number. Report the number, or its SHA-256.',
  ],
]);
