import { expect, test } from 'vitest';
import { getErrors, startApi } from './api.fixture.ts';

const query = ['/UetTags/QueryByIds', { TagIds: null }] as const;
const goal = { ConversionGoals: [] };

test('a call without a header, or with a wrong one, is refused', async () => {
  const api = await startApi({ overrides: { developerToken: 'BBD37VB98' } });
  for (const name of ['authorization', 'developertoken', 'customerid', 'customeraccountid'])
    expect(await api.manage(...query, { headers: { [name]: undefined } })).toMatchObject({
      status: 400,
      body: { Errors: [{ Code: 116 }] },
    });
  for (const headers of [{ developertoken: 'other' }, { authorization: 'Bearer other' }])
    expect(await api.manage(...query, { headers })).toMatchObject({ status: 401, body: { Errors: [{ Code: 105 }] } });
  for (const headers of [{ customerid: '1' }, { customeraccountid: '180000003' }, { customeraccountid: 'F1000001' }])
    expect(await api.manage(...query, { headers })).toMatchObject({ status: 403, body: { Errors: [{ Code: 106 }] } });
});

test.each(['{', '', '[]', 'null'])('the body %j is refused as malformed', async (body) => {
  const answer = await (await startApi()).manage('/UetTags/QueryByIds', body);
  expect(answer).toMatchObject({
    status: 400,
    body: { Type: 'ApiFaultDetail', OperationErrors: [{ Code: 100, Details: '' }], BatchErrors: [] },
  });
  expect(answer.headers.get('trackingid')).toBe(Reflect.get(Object(answer.body), 'TrackingId'));
});

test('a viewer reads and does not write', async () => {
  const api = await startApi();
  await api.signIn('viewer');
  expect((await api.manage(...query)).status).toBe(200);
  expect(await api.manage('/ConversionGoals', goal)).toMatchObject({ status: 403, body: { Errors: [{ Code: 106 }] } });
});

test('an agency acts on the account of its client', async () => {
  const api = await startApi();
  const headers = { customerid: '254610999', customeraccountid: '180000004' };
  expect((await api.manage(...query, { headers })).body).toMatchObject({ UetTags: [{ Id: '187012347' }] });
  expect(await api.listCodes(...query, { headers: { ...headers, customerid: '254611111' } })).toEqual([106]);
});

test('the user is found with its roles and its accounts', async () => {
  const api = await startApi();
  const ask = async (path: string, body: unknown) =>
    (await api.call(`/CustomerManagement/v13${path}`, body, { headers: { customerid: undefined, customeraccountid: undefined } }))
      .body;
  expect(await ask('/User/Query', { UserId: null })).toMatchObject({
    User: { Id: '2001', CustomerId: '254610987' },
    CustomerRoles: [{ RoleId: 41 }, { RoleId: 203 }, { LinkedAccountIds: ['180000004'] }],
  });
  const predicate = { Field: 'UserId', Operator: 'Equals', Value: '2001' };
  const search = (Predicates: unknown[], PageInfo: object = { Index: 0, Size: 1_000 }) =>
    ask('/Accounts/Search', { Predicates, PageInfo });
  expect(await search([predicate])).toMatchObject({
    Accounts: [
      { Id: '180000001', ParentCustomerId: '254610987' },
      { CurrencyCode: 'EUR' },
      {},
      { ParentCustomerId: '254611111' },
    ],
  });
  expect(getErrors(await search([predicate, predicate]))).toMatchObject([{ Code: 100 }]);
  expect(getErrors(await search([predicate], { Index: 0, Size: 1_001 }))).toMatchObject([{ Code: 100 }]);
  expect(getErrors(await search([{ ...predicate, Value: 2002 }]))).toMatchObject([{ Code: 106 }]);
  expect(getErrors(await ask('/User/Query', { UserId: '2002' }))).toMatchObject([{ Code: 106 }]);
  expect(await ask('/CustomerPilotFeatures/Query', { CustomerId: 254610987 })).toEqual({ FeaturePilotFlags: [574] });
  api.simulator.faults({ mode: 'bidding-pilot-off' });
  expect(await ask('/CustomerPilotFeatures/Query', { CustomerId: '254610987' })).toEqual({ FeaturePilotFlags: [] });
});

test.each([
  [undefined, 429],
  [400, 400],
  [500, 500],
])('calls beyond the rate of 60 seconds are refused by %s', async (status, expected) => {
  const api = await startApi();
  api.simulator.faults({ mode: 'call-rate', calls: 2, ...(status !== undefined && { status }) });
  const statuses = async () => [(await api.manage(...query)).status, (await api.manage(...query)).status];
  expect(await statuses()).toEqual([200, 200]);
  const refused = await api.manage(...query);
  expect(refused).toMatchObject({ status: expected, body: { Errors: [{ Code: 117 }] } });
  expect(refused.headers.get('retry-after')).toBeNull();
  api.advance(60_000);
  expect((await api.manage(...query)).status).toBe(200);
});

test.each([
  [109, { mode: 'expired-token' }, 401],
  [0, { mode: 'api-error' }, 500],
  [108, { mode: 'api-error', code: 108 }, 403],
  [126, { mode: 'api-error', code: 126 }, 401],
  [6610, { mode: 'api-error', code: 6610 }, 400],
  [207, { mode: 'api-error', code: 207, status: 429 }, 429],
] as const)('a fault answers by the code %i', async (code, fault, status) => {
  const api = await startApi();
  api.simulator.faults({ ...fault, count: 1 });
  const answer = await api.manage(...query);
  expect([answer.status, getErrors(answer.body).map(({ Code }) => Code)]).toEqual([status, [code]]);
  expect((await api.manage(...query)).status).toBe(200);
});

test('a fault of the events endpoint leaves the API alone, unless it is directed at it', async () => {
  const api = await startApi();
  api.simulator.faults({ mode: 'html' });
  expect([(await api.manage(...query)).status, await api.sendEvent()]).toEqual([200, 503]);
  api.simulator.faults({ mode: 'html', target: 'api' });
  expect([(await api.manage(...query)).status, await api.sendEvent()]).toEqual([503, 200]);
  api.simulator.faults({ mode: '500', target: 'api' });
  expect((await api.manage(...query)).status).toBe(500);
  api.simulator.faults({ mode: 'hang', target: 'api' });
  await expect(
    fetch(`${api.simulator.url}/CampaignManagement/v13/UetTags/QueryByIds`, { method: 'POST', signal: AbortSignal.timeout(50) }),
  ).rejects.toThrow();
});
