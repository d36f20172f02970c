import { z } from 'zod';
import type { UploadCallResult } from '../../event/conversion-change.ts';
import type { LateChange } from '../../event/late-conversion.ts';
import { applyRows, toAdjustment } from './adjust-conversions.ts';
import type { MicrosoftCall } from './call.ts';
import type { MicrosoftClient } from './client.ts';
import { toRowKey } from './offline-conversions.ts';

/**
 * Restates and retracts uploaded purchases. Microsoft finds one by the name of the goal, the time and the person exactly as they were uploaded.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/applyofflineconversionadjustments?view=bingads-13 and
 * /offlineconversionadjustment (2026-08-17)
 */
export const applyOfflineAdjustments = (changes: readonly LateChange[]): MicrosoftCall<object> => ({
  service: 'campaign',
  path: '/OfflineConversionAdjustments/Apply',
  body: { OfflineConversionAdjustments: changes.map((one) => ({ ...toRowKey(one.goal, one), ...toAdjustment(one) })) },
  answer: z.object({}),
});

const goalUnknown = 5_606;
const goalUnknownText =
  'Microsoft finds no active goal of the name that the purchase was uploaded to. Activate the goal for later refunds, and correct the order at Microsoft.';

/** Makes the call for up to `maxUploadRows` changes, and returns the verdict on each. */
export function adjustOfflineConversions(
  client: Pick<MicrosoftClient, 'call'>,
  changes: readonly LateChange[],
): Promise<UploadCallResult> {
  return applyRows(client, applyOfflineAdjustments(changes), changes.length, new Map([[goalUnknown, goalUnknownText]]));
}
