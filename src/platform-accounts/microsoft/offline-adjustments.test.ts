import { expect, test } from 'vitest';
import type { LateChange } from '../../event/late-conversion.ts';
import { decodeAnswer, type MicrosoftCall } from './call.ts';
import { adjustOfflineConversions } from './offline-adjustments.ts';
import { applyOfflineConversions } from './offline-conversions.ts';

const at = 1_795_514_400_123;
const key = { time: 1_795_514_398_765, clickId: 'c', email: 'e'.repeat(64), phone: 'f'.repeat(64) };
const calls: MicrosoftCall<unknown>[] = [];
const answering = (...faults: readonly object[]) => ({
  call: async <T>(call: MicrosoftCall<T>) => {
    calls.push(call);
    const body = JSON.stringify({ PartialErrors: faults });
    return decodeAnswer(call, { status: 200, headers: { trackingid: 't-1' }, body, incomplete: false });
  },
});
const changes: readonly LateChange[] = [
  { ...key, goal: 'Late', at, left: 75_400, currency: 'USD' },
  { time: key.time, email: key.email, goal: 'Late', at, left: 0 },
];

test('an adjustment has the name, the time and the person of the upload, and a Retract has no value', async () => {
  calls.length = 0;
  expect(await adjustOfflineConversions(answering(), changes)).toEqual({ verdicts: ['taken', 'taken'], trackingId: 't-1' });
  const [upload] = Object(applyOfflineConversions('Late', [key]).body).OfflineConversions;
  const common = { ConversionName: 'Late', ConversionTime: '2026-11-24T09:59:58Z', AdjustmentTime: '2026-11-24T10:00:00Z' };
  expect(calls).toMatchObject([{ service: 'campaign', path: '/OfflineConversionAdjustments/Apply' }]);
  expect(calls[0]?.body).toEqual({
    OfflineConversionAdjustments: [
      { ...upload, ...common, AdjustmentType: 'Restate', AdjustmentValue: 75.4, AdjustmentCurrencyCode: 'USD' },
      { ...common, HashedEmailAddress: key.email, AdjustmentType: 'Retract' },
    ],
  });
});

test.each([5604, 5606, 5607, 5609, 5618, 5619, 5620, 5621, 5622, 5623, 5624, 5625])(
  'the code %d of a row ends the row alone, and says what to do',
  async (code) => {
    const refused = { code: `${code} Named`, message: expect.stringMatching(/\.$/) };
    const result = await adjustOfflineConversions(answering({ Code: code, ErrorCode: 'Named', Index: 0 }), changes);
    expect(result).toMatchObject({ verdicts: [{ refused }, 'taken'] });
  },
);

test.each([
  [5627, 'week'],
  [117, 'minute'],
  [5612, 'backoff'],
] as const)('the code %d of a row pauses the uploads: %s', async (code, pause) => {
  const result = await adjustOfflineConversions(answering({ Code: code, ErrorCode: 'Named', Index: 1 }), changes);
  expect(result).toMatchObject({ verdicts: ['taken', { failed: { pause } }] });
});
