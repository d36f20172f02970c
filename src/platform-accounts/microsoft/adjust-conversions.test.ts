import { expect, test } from 'vitest';
import type { ConversionChange } from '../../event/conversion-change.ts';
import { adjustConversions } from './adjust-conversions.ts';
import { decodeAnswer, type MicrosoftCall } from './call.ts';

const at = 1_795_514_400_123;
const change = (transactionId: string, left: number): ConversionChange => ({
  ...{ goal: 'Purchase', transactionId, at, left },
  ...(left > 0 && { currency: 'USD' }),
});
const calls: MicrosoftCall<unknown>[] = [];
const answering = (status: number, body: object, headers: Readonly<Record<string, string>> = { trackingid: 't-1' }) => ({
  call: async <T>(call: MicrosoftCall<T>) => {
    calls.push(call);
    return decodeAnswer(call, { status, headers, body: JSON.stringify(body), incomplete: false });
  },
});
const partial = (...faults: readonly object[]) => answering(200, { PartialErrors: faults });
const changes = [change('1', 75_400), change('2', 0), change('3', 1)];

test('what is left is restated, and a conversion of which nothing is left is retracted without a value', async () => {
  calls.length = 0;
  expect(await adjustConversions(partial(), changes)).toEqual({ verdicts: ['taken', 'taken', 'taken'], trackingId: 't-1' });
  const common = { ConversionName: 'Purchase', AdjustmentTime: '2026-11-24T10:00:00Z' };
  expect(calls[0]).toMatchObject({ service: 'campaign', path: '/OnlineConversionAdjustments/Apply' });
  expect(calls[0]?.body).toEqual({
    OnlineConversionAdjustments: [
      { ...common, TransactionId: '1', AdjustmentType: 'Restate', AdjustmentValue: 75.4, AdjustmentCurrencyCode: 'USD' },
      { ...common, TransactionId: '2', AdjustmentType: 'Retract' },
      { ...common, TransactionId: '3', AdjustmentType: 'Restate', AdjustmentValue: 0.001, AdjustmentCurrencyCode: 'USD' },
    ],
  });
});

test('a fault of a row counts for the row that its index names, without the texts of Microsoft', async () => {
  const fault = { Code: 5623, ErrorCode: 'Old', Message: 'a@shop.example', Index: 1 };
  const result = await adjustConversions(partial(fault), changes);
  expect(result).toMatchObject({ verdicts: ['taken', { refused: { code: '5623 Old' } }, 'taken'] });
  expect(JSON.stringify(result)).not.toContain('shop.example');
  const unplaced = await adjustConversions(partial({ Code: 0, ErrorCode: 'Internal' }, { ...fault, Index: 2 }), changes);
  const failed = { failed: { pause: 'backoff' } };
  expect(unplaced).toMatchObject({ verdicts: [failed, failed, { refused: { code: '5623 Old' } }] });
});

test.each([
  [117, 'minute'],
  [0, 'backoff'],
  [5612, 'backoff'],
  [204, 'week'],
  [5613, 'week'],
  [5627, 'week'],
  [6610, 'week'],
  [105, 'access'],
  [106, 'access'],
  [108, 'access'],
  [126, 'access'],
  [100, 'stop'],
  [5602, 'stop'],
] as const)('the code %d of a call or of a row asks for the pause %s', async (code, pause) => {
  const fault = { Code: code, ErrorCode: 'Named' };
  const failure = { code: `${code} Named`, pause, message: expect.stringMatching(/\. .*\.$/) };
  const refused = answering(400, { TrackingId: 't-2', Errors: [fault] });
  expect(await adjustConversions(refused, changes)).toEqual({ failure: { ...failure, trackingId: 't-2' } });
  const row = await adjustConversions(partial({ ...fault, Index: 0 }), changes);
  expect(row).toMatchObject({ verdicts: [{ failed: failure }, 'taken', 'taken'] });
});

test.each([5618, 5619, 5620, 5621, 5622, 5623, 5624, 5625])('the code %d of a row ends the row', async (code) => {
  const result = await adjustConversions(partial({ Code: code, ErrorCode: 'Named', Index: 0 }), changes);
  expect(result).toMatchObject({ verdicts: [{ refused: { code: `${code} Named` } }, 'taken', 'taken'] });
});

test('an answer of the server pauses for hours, and too many calls for a minute', async () => {
  expect(await adjustConversions(answering(503, {}), changes)).toMatchObject({ failure: { pause: 'backoff' } });
  expect(await adjustConversions(answering(429, {}), changes)).toMatchObject({ failure: { pause: 'minute' } });
});
