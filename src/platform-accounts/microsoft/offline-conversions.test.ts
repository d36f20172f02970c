import { expect, test } from 'vitest';
import type { CallResult, MicrosoftCall } from './call.ts';
import type { MicrosoftFault } from './faults.ts';
import { uploadOfflineConversions } from './offline-conversions.ts';

const conversions = [0, 1].map((nth) => ({ time: 1_795_514_398_765 + nth, clickId: 'c', value: 5, currency: 'EUR' }));

/** Uploads two purchases. The second has a fault. */
async function upload(code: number, name = 'Named') {
  const calls: object[] = [];
  const faults: readonly MicrosoftFault[] = [{ code, name, index: 1 }];
  const client = {
    async call<T>({ body, answer }: MicrosoftCall<T>): Promise<CallResult<T>> {
      calls.push(body);
      return { answer: answer.parse({ PartialErrors: [] }), faults, trackingId: 'track' };
    },
  };
  return { ...(await uploadOfflineConversions(client, 'Late', conversions)), calls };
}

test('a row has the time in whole seconds, and only what is known', async () => {
  const { calls } = await upload(5_609);
  expect(calls).toMatchObject([
    {
      OfflineConversions: [
        {
          ConversionName: 'Late',
          ConversionTime: '2026-11-24T09:59:58Z',
          MicrosoftClickId: 'c',
          ConversionValue: 5,
          ConversionCurrencyCode: 'EUR',
        },
        {},
      ],
    },
  ]);
  expect(JSON.stringify(calls)).not.toContain('Hashed');
});

test.each([5_607, 5_609, 5_610, 5_611, 5_614, 5_616, 5_617, 5_626])(
  'the fault %i refuses its row alone, with words',
  async (code) => {
    const { result, goal } = await upload(code);
    expect(result).toMatchObject({
      verdicts: ['taken', { refused: { code: `${code} Named`, message: expect.stringMatching(/^\w.*\.$/) } }],
      trackingId: 'track',
    });
    expect(goal).toBeUndefined();
  },
);

test('a refused click id, and a goal that is unknown or young, have verdicts of their own', async () => {
  expect(await upload(5_604)).toMatchObject({ result: { verdicts: ['taken', { clickIdRefused: { code: '5604 Named' } }] } });
  const failed = { verdicts: ['taken', { failed: { pause: 'backoff' } }] };
  expect(await upload(5_606)).toMatchObject({ result: failed, goal: 'unknown' });
  expect(await upload(5_615)).toMatchObject({ result: failed, goal: 'too-young' });
});

test.each([
  [-1, 'NotEligibleForEnhancedConversions', 'refused'],
  [5_612, 'Internal', 'failed'],
  [5_613, 'Pilot', 'failed'],
  [5_603, 'Empty', 'failed'],
])('the fault %i %s is %s', async (code, name, verdict) => {
  expect(await upload(code, name)).toMatchObject({ result: { verdicts: ['taken', { [verdict]: {} }] } });
});
