import { describe, expect, it } from 'vitest';
import { type ApiClient, readText, startApi, tagId } from './api.fixture.ts';

const purchase = {
  Type: 'Event',
  Name: 'Purchase (Convey)',
  TagId: tagId,
  Scope: 'Account',
  Status: 'Active',
  GoalCategory: 'Purchase',
  CountType: 'All',
  ConversionWindowInMinutes: 43_200,
  ActionOperator: 'Equals',
  ActionExpression: 'Order_Done',
  Revenue: { Type: 'VariableValue', Value: 0, CurrencyCode: 'USD' },
};

const add = (api: ApiClient, ...goals: readonly object[]) => api.manage('/ConversionGoals', { ConversionGoals: goals });
const listByTag = async (api: ApiClient, more: object = {}) => {
  const body = { TagIds: [tagId], ConversionGoalTypes: 'Event, Url', ...more };
  return (await api.manage('/ConversionGoals/QueryByTagIds', body)).body;
};
const listCounting = (api: ApiClient) => api.simulator.journalEvents().map(({ goals }) => goals);

describe('goals of the API', () => {
  it("count the events of their tag, as the simulator's own goals do", async () => {
    const api = await startApi({ goals: [{ name: 'purchase', action: 'purchase' }] });
    expect(await listByTag(api)).toMatchObject({
      ConversionGoals: [{ Name: 'purchase', TagId: tagId, ActionExpression: 'purchase', TrackingStatus: 'TagUnverified' }],
    });
    const { body } = await add(api, purchase);
    expect(body).toEqual({ ConversionGoalIds: [expect.any(String)], PartialErrors: [] });
    await api.sendEvent({ eventName: 'order_done' });
    await api.sendEvent({ eventName: 'order_done' }, 'any', '187012346');
    expect(listCounting(api)).toEqual([['Purchase (Convey)'], []]);
    expect(await listByTag(api)).toMatchObject({
      ConversionGoals: [
        { TrackingStatus: 'NoRecentConversions' },
        { Id: expect.any(String), TrackingStatus: 'RecordingConversions' },
      ],
    });
    api.advance(86_400_000);
    await api.signIn();
    expect(await listByTag(api)).toMatchObject({ ConversionGoals: [{ TrackingStatus: 'TagInactive' }, {}] });
  });

  it('match by every pair, and lose a pair that an update leaves out', async () => {
    const api = await startApi({ goals: [] });
    const pairs = { CategoryOperator: 'BeginsWith', CategoryExpression: 'shop', ValueOperator: 'GreaterThan', Value: 5 };
    const labels = { LabelOperator: 'Contains', LabelExpression: 'VIP' };
    const { body } = await add(api, {
      ...purchase,
      ...pairs,
      ...labels,
      ActionOperator: 'RegularExpression',
      ActionExpression: '^order_',
    });
    const data = { eventCategory: 'Shop/clocks', eventLabel: 'a vip', eventValue: 6 };
    const names = ['order_done', 'order_sent', 'no_order'];
    for (const [index, eventName] of names.entries())
      await api.sendEvent({ eventId: `e-${index}`, eventName, customData: index === 1 ? { ...data, eventValue: 5 } : data });
    expect(listCounting(api)).toEqual([['Purchase (Convey)'], [], []]);
    const Id = Object(body).ConversionGoalIds[0];
    const update = (changes: object) =>
      api.listCodes('/ConversionGoals', { ConversionGoals: [{ Id, ...changes }] }, { method: 'PUT' });
    expect(await update({ ActionOperator: 'BeginsWith', ActionExpression: 'order' })).toEqual([]);
    expect(listCounting(api)).toEqual([['Purchase (Convey)'], ['Purchase (Convey)'], []]);
    expect(await update({ Name: 'Renamed' })).toEqual([5336]);
    expect(await update({ Type: 'Url' })).toEqual([5356]);
    expect(await update({ Status: 'Paused', ActionOperator: 'Equals', ActionExpression: 'order_done' })).toEqual([]);
    expect(listCounting(api)).toEqual([[], [], []]);
  });

  it('return members that were asked for only, and null for an unknown id', async () => {
    const api = await startApi({ goals: [] });
    const { body } = await add(api, { ...purchase, IsEnhancedConversionsEnabled: true });
    const [plain] = Object(await listByTag(api)).ConversionGoals;
    expect(plain).not.toHaveProperty('GoalCategory');
    const ReturnAdditionalFields = 'GoalCategory, IsAutoGoal, IsEnhancedConversionsEnabled';
    expect(await listByTag(api, { ReturnAdditionalFields })).toMatchObject({
      ConversionGoals: [{ GoalCategory: 'Purchase', IsAutoGoal: false, IsEnhancedConversionsEnabled: true }],
    });
    const byIds = { ConversionGoalIds: [Object(body).ConversionGoalIds[0], 1], ConversionGoalTypes: 'Event' };
    expect((await api.manage('/ConversionGoals/QueryByIds', byIds)).body).toMatchObject({
      ConversionGoals: [{ Name: purchase.Name }, null],
    });
    expect(
      await api.listCodes('/ConversionGoals/QueryByTagIds', { TagIds: ['187012347'], ConversionGoalTypes: 'Event' }),
    ).toEqual([5300]);
  });

  it('turn automatic tagging on, in the scope Customer for every account', async () => {
    const api = await startApi({ goals: [] });
    const read = async (customeraccountid: string) => {
      const body = { AccountPropertyNames: ['MSCLKIDAutoTaggingEnabled'] };
      const answer = await api.manage('/AccountProperties/Query', body, { headers: { customeraccountid } });
      return Object(answer.body).AccountProperties[0].Value;
    };
    expect(await read('180000001')).toBe('false');
    await add(api, purchase);
    expect([await read('180000001'), await read('180000002')]).toEqual(['true', 'false']);
    await add(api, { ...purchase, Name: 'Everywhere', Scope: 'Customer' });
    expect(await read('180000002')).toBe('true');
  });

  it.each([
    [5300, { TagId: '187012347' }],
    [5316, { Name: 'n'.repeat(101) }],
    [5317, { Name: 'PURCHASE' }],
    [5332, { Revenue: { Type: 'Other' } }],
    [5333, { Revenue: { Type: 'FixedValue', CurrencyCode: 'USD' } }],
    [5333, { Revenue: { Type: 'VariableValue', Value: 10_000_000 } }],
    [5336, { ActionOperator: undefined, ActionExpression: undefined }],
    [5337, { ConversionWindowInMinutes: 129_601 }],
    [5337, { ViewThroughConversionWindowInMinutes: 43_201 }],
    [5342, { CategoryOperator: 'Equals' }],
    [5343, { ActionExpression: 'a'.repeat(101) }],
    [5343, { ActionOperator: 'RegularExpression', ActionExpression: '(' }],
    [5344, { LabelOperator: 'Like', LabelExpression: 'a' }],
    [5345, { ValueOperator: 'Contains', Value: 1 }],
    [5347, { Type: 'Other' }],
    [5351, { Scope: 'Customer', Revenue: { Type: 'VariableValue', Value: 0 } }],
    [5355, { Revenue: { Type: 'VariableValue', Value: 0, CurrencyCode: 'usd' } }],
    [5358, { GoalCategory: undefined }],
  ])('are refused by %i: %j', async (code, changes) => {
    const api = await startApi();
    const { status, body } = await add(api, purchase, { ...purchase, ...changes });
    const expected = { ConversionGoalIds: [expect.any(String), null], PartialErrors: [{ Code: code, Index: 1 }] };
    expect([status, body]).toMatchObject([200, expected]);
  });

  it('need the pilot to be excluded from bidding', async () => {
    const api = await startApi();
    api.simulator.faults({ mode: 'bidding-pilot-off', count: 1 });
    const excluded = { ...purchase, ExcludeFromBidding: true };
    expect((await add(api, excluded)).body).toMatchObject({ PartialErrors: [{ Code: 6610 }] });
    expect((await add(api, excluded)).body).toMatchObject({ PartialErrors: [] });
  });

  it.each([
    ['null', null, 201],
    ['an empty list', [], 203],
    ['null as an item', [null], 206],
  ])('are not read from %s', async (_, goals, code) => {
    expect(await (await startApi()).listCodes('/ConversionGoals', { ConversionGoals: goals })).toEqual([code]);
  });

  it('are all refused by a fault', async () => {
    const api = await startApi();
    api.simulator.faults({ mode: 'api-reject', code: 5326 });
    expect((await add(api, purchase, purchase)).body).toMatchObject({
      PartialErrors: [
        { Code: 5326, Index: 0 },
        { Code: 5326, Index: 1 },
      ],
    });
    expect(readText(await listByTag(api), 'PartialErrors')).not.toBe('');
  });
});
