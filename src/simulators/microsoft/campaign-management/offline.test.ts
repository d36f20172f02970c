import { expect, test } from 'vitest';
import { type ApiClient, click, hour, startApi } from './api.fixture.ts';

const name = 'Purchase, late (Convey)';
const hash = 'a'.repeat(64);
const day = 24 * hour;

/** Starts a simulator with an offline goal that is two hours old. An event named the click before. */
async function startOffline(goal: object = {}): Promise<ApiClient> {
  const api = await startApi();
  await api.sendEvent({ userData: { msclkid: click, em: hash } });
  const ConversionGoals = [
    {
      Type: 'OfflineConversion',
      Name: name,
      GoalCategory: 'Purchase',
      Revenue: { Type: 'VariableValue', Value: 7, CurrencyCode: 'EUR' },
      IsEnhancedConversionsEnabled: true,
      ...goal,
    },
  ];
  expect(await api.listCodes('/ConversionGoals', { ConversionGoals })).toEqual([]);
  api.advance(2 * hour);
  await api.signIn();
  return api;
}

const row = (api: ApiClient, changes: object = {}) => ({
  ConversionName: name,
  ConversionTime: api.ago(hour),
  MicrosoftClickId: click.replaceAll('-', ''),
  ConversionValue: 100,
  ConversionCurrencyCode: 'USD',
  ...changes,
});
const upload = (api: ApiClient, ...rows: readonly unknown[]) =>
  api.listCodes('/OfflineConversions/Apply', { OfflineConversions: rows });
const adjust = (api: ApiClient, ...rows: readonly unknown[]) =>
  api.listCodes('/OfflineConversionAdjustments/Apply', { OfflineConversionAdjustments: rows });
const list = async (api: ApiClient) => Object(await api.readJournal('offline')).offline;
const listOutcomes = async (api: ApiClient) => (await list(api)).map((one: object) => Reflect.get(one, 'outcome'));

test('rows are taken, and the journal says which are attributed', async () => {
  const api = await startOffline();
  const byHash = row(api, {
    MicrosoftClickId: undefined,
    HashedEmailAddress: hash,
    ConversionValue: undefined,
    ConversionCurrencyCode: undefined,
  });
  const unknown = row(api, { MicrosoftClickId: 'b'.repeat(32) });
  expect(await upload(api, row(api), row(api, { MicrosoftClickId: click }), byHash, unknown)).toEqual([]);
  expect(await listOutcomes(api)).toEqual(['Success', 'DuplicateConversionKey', 'Success', 'NoMatchingClickFound']);
  expect(await list(api)).toMatchObject([{ value: 100, currency: 'USD' }, {}, { value: 7, currency: 'EUR' }, {}]);
});

test('a click is forgotten after 90 days', async () => {
  const api = await startOffline();
  api.advance(90 * day);
  await api.signIn();
  expect(await upload(api, row(api))).toEqual([]);
  expect(await listOutcomes(api)).toEqual(['NoMatchingClickFound']);
});

test('invalid rows are refused, and the others are taken', async () => {
  const api = await startOffline();
  const rows = [
    [5603, null],
    [5605, row(api, { ConversionName: undefined })],
    [5606, row(api, { ConversionName: 'Unknown' })],
    [5604, row(api, { MicrosoftClickId: 'short' })],
    [5604, row(api, { MicrosoftClickId: undefined })],
    ['ConversionEmailAddressIsNotHashed', row(api, { HashedEmailAddress: 'ann@shop.example' })],
    ['ConversionPhoneNumberIsNotHashed', row(api, { HashedPhoneNumber: '+15550100' })],
    [5607, row(api, { ConversionTime: '27.11.2026' })],
    [5608, row(api, { ConversionTime: undefined })],
    [5609, row(api, { ConversionTime: api.ago(91 * day) })],
    [5610, row(api, { ConversionTime: api.ago(-1_000) })],
    [5611, row(api, { ConversionTime: api.ago(3 * hour) })],
    [5616, row(api, { ConversionValue: 1.0005 })],
    [5616, row(api, { ConversionValue: -1 })],
    [5617, row(api, { ConversionCurrencyCode: 'US' })],
  ] as const;
  expect(await upload(api, ...rows.map(([, one]) => one), row(api))).toEqual(rows.map(([code]) => code));
  expect(await listOutcomes(api)).toEqual(['Success']);
});

test('a goal younger than two hours, a short window and a goal without enhanced conversions refuse rows', async () => {
  const api = await startOffline({ ConversionWindowInMinutes: 30, IsEnhancedConversionsEnabled: false });
  expect(await upload(api, row(api))).toEqual([5614]);
  expect(await upload(api, row(api, { MicrosoftClickId: undefined, HashedEmailAddress: hash }))).toEqual([
    'NotEligibleForEnhancedConversions',
  ]);
  const fresh = { Type: 'OfflineConversion', Name: 'Fresh', GoalCategory: 'Purchase' };
  await api.manage('/ConversionGoals', { ConversionGoals: [fresh] });
  const rows = [row(api, { ConversionName: 'Fresh' }), row(api, { ConversionName: 'Fresh', ConversionTime: api.ago(0) })];
  expect(await upload(api, ...rows)).toEqual([5615, 5615]);
});

test('a silent unknown name and a closed feature are faults', async () => {
  const api = await startOffline();
  api.simulator.faults({ mode: 'silent-name' });
  expect(await upload(api, row(api, { ConversionName: 'Unknown' }))).toEqual([]);
  expect(await listOutcomes(api)).toEqual(['GoalNotFoundOrInactive']);
  api.simulator.faults({ mode: 'offline-off' });
  expect(await upload(api, row(api))).toEqual([5613]);
  api.simulator.faults({ mode: 'api-error', code: 5612 });
  expect(await api.manage('/OfflineConversions/Apply', { OfflineConversions: [row(api)] })).toMatchObject({ status: 500 });
});

test('an adjustment finds the row by name, time and id exactly as they were uploaded', async () => {
  const api = await startOffline();
  await upload(api, row(api));
  const other = { AdjustmentType: 'Retract', AdjustmentTime: api.ago(0) };
  const hashed = { HashedEmailAddress: hash };
  await adjust(api, row(api, { ...other, ConversionName: name.toUpperCase() }), row(api, { ...other, ...hashed }));
  await adjust(api, row(api, { ...other, ConversionTime: api.ago(hour).replace('Z', '.000Z') }));
  const [, ...unmatched] = await listOutcomes(api);
  expect(unmatched).toEqual(Array.from({ length: 3 }, () => 'AdjustmentOriginalNotFound'));
});

test('an adjustment changes the value of its row, until it takes the row back', async () => {
  const api = await startOffline();
  await upload(api, row(api));
  const time = { AdjustmentTime: api.ago(0) };
  const restate = row(api, { AdjustmentType: 'Restate', AdjustmentValue: 40, ...time });
  const retract = row(api, { AdjustmentType: 'Retract', ...time });
  expect(await adjust(api, restate)).toEqual([]);
  expect(await list(api)).toMatchObject([{ value: 40, currency: 'USD', isRetracted: false }, { kind: 'adjustment' }]);
  expect(await adjust(api, { ...retract, ConversionTime: api.ago(hour / 2) }, retract, retract)).toEqual([]);
  expect(await listOutcomes(api)).toEqual([
    'Success',
    'Success',
    'AdjustmentOriginalNotFound',
    'Success',
    'ConversionAlreadyRetracted',
  ]);
  const codes = await adjust(
    api,
    null,
    { ...retract, ConversionName: 'Unknown' },
    { ...retract, ConversionTime: api.ago(91 * day) },
    { ...retract, AdjustmentValue: 1 },
  );
  expect(codes).toEqual([5603, 5606, 5609, 5624]);
  api.simulator.faults({ mode: 'adjustments-off' });
  expect(await adjust(api, retract)).toEqual([5627]);
});

test('the report counts what became of the rows of at most seven days', async () => {
  const api = await startOffline();
  await upload(api, row(api), row(api, { MicrosoftClickId: 'b'.repeat(32) }));
  const [{ goalId }] = await list(api);
  const ask = (StartDateUtc: string) =>
    api.manage('/OfflineConversionReport/QueryByGoalIds', { StartDateUtc, EndDateUtc: api.ago(0), GoalIds: [goalId] });
  expect((await ask(api.ago(7 * day))).body).toMatchObject({
    OfflineGoalConversionSummaries: [
      {
        GoalId: goalId,
        ConversionName: name,
        OverallSuccessCount: 1,
        OverallUnattributedCount: 1,
        OverallSuccessRate: 50,
        OverallAlerts: [{ Count: 1, UnattributedReason: 'NoMatchingClickFound' }],
        DailySummaries: [{ SuccessCount: 1, UnattributedCount: 1 }],
      },
    ],
  });
  expect((await ask(api.ago(8 * day))).status).toBe(400);
});
