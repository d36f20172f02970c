import { z } from 'zod';
import type {
  ConversionChange,
  UploadCallResult,
  UploadFailure,
  UploadPauseReason,
  UploadVerdict,
} from '../../event/conversion-change.ts';
import type { MicrosoftCall } from './call.ts';
import type { MicrosoftClient } from './client.ts';
import type { FaultAction } from './fault-texts.ts';
import { type MicrosoftFailure, type MicrosoftFault, toItemFailure } from './faults.ts';

/**
 * Restates and retracts conversions that events of the Conversions API or of the browser tag were counted as. A Restate has the value that is
 * left, not the difference. A Retract has no value.
 * @source https://learn.microsoft.com/en-us/advertising/campaign-management-service/applyonlineconversionadjustments?view=bingads-13 and
 * /onlineconversionadjustment (2026-08-17)
 */
export const applyAdjustments = (changes: readonly ConversionChange[]): MicrosoftCall<object> => ({
  service: 'campaign',
  path: '/OnlineConversionAdjustments/Apply',
  body: { OnlineConversionAdjustments: changes.map(toOnlineAdjustment) },
  answer: z.object({}),
});

function toOnlineAdjustment({ goal, transactionId, ...change }: ConversionChange) {
  return { ConversionName: goal, TransactionId: transactionId, ...toAdjustment(change) };
}

/** Returns the part of an adjustment that does not identify the conversion. */
export function toAdjustment({ at, left, currency }: Pick<ConversionChange, 'at' | 'left' | 'currency'>): object {
  const common = {
    AdjustmentType: left === 0 ? 'Retract' : 'Restate',
    AdjustmentTime: `${new Date(at).toISOString().slice(0, 19)}Z`,
  };
  if (left === 0) return common;
  return { ...common, AdjustmentValue: left / 1_000, ...(currency !== undefined && { AdjustmentCurrencyCode: currency }) };
}

/** How long calls stop after a fault. `input`: only rows have such faults, so a call that has one is malformed. */
const pauses: Readonly<Record<FaultAction, UploadPauseReason>> = {
  wait: 'minute',
  retry: 'backoff',
  unavailable: 'week',
  refresh: 'access',
  forbidden: 'access',
  stop: 'access',
  bug: 'stop',
  input: 'stop',
  row: 'stop',
};

/** Makes the call for up to `maxUploadRows` changes, and returns the verdict on each. */
export function adjustConversions(
  client: Pick<MicrosoftClient, 'call'>,
  changes: readonly ConversionChange[],
): Promise<UploadCallResult> {
  return applyRows(client, applyAdjustments(changes), changes.length);
}

/**
 * Makes a call with rows, and returns the verdict on each.
 * @param texts the messages of faults that refuse a row of this call
 */
export async function applyRows(
  client: Pick<MicrosoftClient, 'call'>,
  call: MicrosoftCall<object>,
  rows: number,
  texts: ReadonlyMap<number, string> = new Map(),
): Promise<UploadCallResult> {
  const result = await client.call(call);
  if ('failure' in result) return { failure: toUploadFailure(result.failure) };
  const byIndex = new Map(result.faults.map((fault) => [fault.index, fault]));
  // A fault that names no row may be about any of them.
  const unplaced = result.faults.find(({ index }) => index === undefined || index < 0 || index >= rows);
  const verdicts = Array.from({ length: rows }, (_, index) => toVerdict(byIndex.get(index) ?? unplaced, texts));
  return { verdicts, ...(result.trackingId !== undefined && { trackingId: result.trackingId }) };
}

function toVerdict(fault: MicrosoftFault | undefined, texts: ReadonlyMap<number, string>): UploadVerdict {
  if (!fault) return 'taken';
  const failure = toItemFailure(fault);
  const { action, code, message } = failure;
  const text = texts.get(fault.code);
  if (text !== undefined) return { refused: { code, message: text } };
  return action === 'row' || action === 'input' ? { refused: { code, message } } : { failed: toUploadFailure(failure) };
}

/** Returns the failure of a call or row, with how long calls stop. */
export function toUploadFailure({ action, code, message, trackingId }: MicrosoftFailure): UploadFailure {
  return { code, message, pause: pauses[action], ...(trackingId !== undefined && { trackingId }) };
}
