import { expect, test } from 'vitest';
import { type ApiClient, hour, startApi } from './api.fixture.ts';

const restate = (api: ApiClient, changes: object = {}) => ({
  ConversionName: 'purchase',
  TransactionId: '1001',
  AdjustmentType: 'Restate',
  AdjustmentTime: api.ago(0),
  AdjustmentValue: 75.4,
  AdjustmentCurrencyCode: 'USD',
  ...changes,
});
const retract = (api: ApiClient, changes: object = {}) =>
  restate(api, { AdjustmentType: 'Retract', AdjustmentValue: undefined, AdjustmentCurrencyCode: undefined, ...changes });
const apply = (api: ApiClient, ...rows: readonly unknown[]) =>
  api.listCodes('/OnlineConversionAdjustments/Apply', { OnlineConversionAdjustments: rows });
const listOutcomes = async (api: ApiClient) =>
  Object(await api.readJournal('adjustments')).adjustments.map((row: object) => Reflect.get(row, 'outcome'));

test('a Restate changes the counted value, and a Retract takes the conversion out of the count', async () => {
  const api = await startApi();
  await api.sendEvent();
  api.advance(hour / 2);
  expect(await apply(api, restate(api))).toEqual([]);
  const [event] = api.simulator.journalEvents();
  expect(event).toMatchObject({
    goals: ['purchase'],
    adjustments: [{ value: 75.4, currency: 'USD' }],
    why: expect.stringContaining('Restated to 75.4 USD'),
  });
  expect(await (await fetch(api.simulator.url)).text()).toContain('75.4 USD');
  expect(await apply(api, retract(api))).toEqual([]);
  expect(api.simulator.journalEvents()).toMatchObject([
    { goals: [], reason: 'retracted', why: expect.stringContaining('was retracted') },
  ]);
  expect(await apply(api, retract(api), restate(api))).toEqual([]);
  expect(await listOutcomes(api)).toEqual(['Success', 'Success', 'ConversionAlreadyRetracted', 'ConversionAlreadyRetracted']);
  await fetch(`${api.simulator.url}/journal`, { method: 'DELETE' });
  expect(await listOutcomes(api)).toEqual([]);
});

test('the latest AdjustmentTime holds, and a currency left out is the goal’s', async () => {
  const api = await startApi();
  await api.sendEvent();
  api.advance(600_000);
  await apply(api, restate(api, { AdjustmentValue: 50, AdjustmentCurrencyCode: undefined }));
  await apply(api, restate(api, { AdjustmentTime: api.ago(60_000), AdjustmentValue: 80 }));
  expect(api.simulator.journalEvents()).toMatchObject([{ adjustments: [{ value: 50, currency: 'USD' }] }]);
});

test('adjustments of the unknown are taken, and the journal says so', async () => {
  const api = await startApi();
  await api.sendEvent();
  expect(await apply(api, restate(api, { TransactionId: '9' }), restate(api, { ConversionName: 'Unknown' }))).toEqual([]);
  expect(await listOutcomes(api)).toEqual(['AdjustmentOriginalNotFound', 'GoalNotFoundOrInactive']);
});

test('invalid adjustments are refused in the order of their rows, and the others are taken', async () => {
  const api = await startApi();
  await api.sendEvent();
  api.advance(600_000);
  const rows = [
    [5603, null],
    [206, restate(api, { TransactionId: undefined })],
    [5605, restate(api, { ConversionName: '' })],
    [5618, restate(api, { AdjustmentType: 'Refund' })],
    [5619, restate(api, { AdjustmentTime: null })],
    [5620, restate(api, { AdjustmentTime: api.ago(700_000) })],
    [5621, restate(api, { AdjustmentTime: '2026-11-27' })],
    [5622, restate(api, { AdjustmentTime: api.ago(-1_000) })],
    [5623, restate(api, { TransactionId: '9', AdjustmentTime: api.ago(91 * 24 * hour) })],
    [5624, retract(api, { AdjustmentValue: 1 })],
    [5625, restate(api, { AdjustmentValue: undefined })],
    [5616, restate(api, { AdjustmentValue: -1 })],
    [5626, restate(api, { AdjustmentCurrencyCode: 'usd' })],
  ] as const;
  const sent = [restate(api), ...rows.map(([, row]) => row)];
  expect(await apply(api, ...sent)).toEqual(rows.map(([code]) => code));
  expect(await listOutcomes(api)).toEqual(['Success']);
  expect(await apply(api, ...Array.from({ length: 1_001 }, () => null))).toEqual([5602]);
  expect(await apply(api)).toEqual([5601]);
  expect(await api.listCodes('/OnlineConversionAdjustments/Apply', {})).toEqual([5600]);
});

test('adjustments are refused while the pilot is off', async () => {
  const api = await startApi();
  api.simulator.faults({ mode: 'adjustments-off' });
  expect(await apply(api, restate(api), retract(api))).toEqual([5627, 5627]);
});
