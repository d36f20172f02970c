import { expect, test } from 'vitest';
import { getErrors, readText, startApi, tagId } from './api.fixture.ts';

const sharer = { headers: { customerid: '254610988', customeraccountid: '180000003' } };

test('tags are listed with their status and a foreign owner', async () => {
  const api = await startApi();
  const list = async () => (await api.manage('/UetTags/QueryByIds', { TagIds: null, ReturnAdditionalFields: 'Industry' })).body;
  expect(await list()).toMatchObject({
    UetTags: [{ Id: tagId, TrackingStatus: 'Unverified', Industry: null }, { Id: '187012346' }],
    PartialErrors: [],
  });
  await api.sendEvent();
  expect(await list()).toMatchObject({ UetTags: [{ TrackingStatus: 'Active' }, { TrackingStatus: 'Unverified' }] });
  api.advance(86_400_000);
  await api.signIn();
  expect(await list()).toMatchObject({ UetTags: [{ TrackingStatus: 'Inactive' }, {}] });
  expect((await api.manage('/UetTags/QueryByIds', { TagIds: ['1', 187012345] }, sharer)).body).toMatchObject({
    UetTags: [null, { Id: tagId, CustomerShare: { OwnerCustomerId: '254610987' } }],
    PartialErrors: [{ Code: 5300, Index: 0, Type: 'BatchError', ForwardCompatibilityMap: [] }],
  });
});

test('tags are made and changed', async () => {
  const api = await startApi();
  const { body } = await api.manage('/UetTags', { UetTags: [{ Name: 'shop' }, { Name: 'New' }, { Name: '' }] });
  expect(body).toMatchObject({ UetTags: [null, { Name: 'New' }, null], PartialErrors: [{ Code: 5303 }, { Code: 5306 }] });
  const made = readText(Object(body).UetTags[1], 'Id');
  const rename = (Id: string, Name: string) => api.listCodes('/UetTags', { UetTags: [{ Id, Name }] }, { method: 'PUT' });
  expect(await rename(made, 'Newer')).toEqual([]);
  expect(await rename(made, 'Shop')).toEqual([5303]);
  expect(await rename('1', 'Other')).toEqual([5300]);
});

test('a fetched key opens the Conversions API for its tag', async () => {
  const api = await startApi();
  const fetchKey = (options?: object) => api.manage('/UetTagAuthKey/Query', { UetTagId: tagId }, options);
  expect(getErrors((await fetchKey(sharer)).body)).toMatchObject([{ Code: 106 }]);
  const key = readText((await fetchKey()).body, 'UetTagAuthKey');
  expect(key).toMatch(/^[0-9a-f-]{36}$/);
  expect((await fetchKey(sharer)).body).toEqual({ UetTagAuthKey: key, PartialErrors: [] });
  expect([await api.sendEvent({}, key), await api.sendEvent({}, 'other'), await api.sendEvent({}, 'other', '5')]).toEqual([
    200, 401, 200,
  ]);
});

test('the key of a made tag opens a simulator that has a list of tokens', async () => {
  const api = await startApi({ tokens: { '5': 'five' } });
  const { body } = await api.manage('/UetTags', { UetTags: [{ Name: 'New' }] });
  const made = readText(Object(body).UetTags[0], 'Id');
  expect(await api.sendEvent({}, 'any', made)).toBe(401);
  const { body: answer } = await api.manage('/UetTagAuthKey/Query', { UetTagId: made });
  expect(await api.sendEvent({}, readText(answer, 'UetTagAuthKey'), made)).toBe(200);
});

test('a key is refused for a foreign tag, a viewer, another spelling and a closed feature', async () => {
  const api = await startApi();
  const ask = async (body: object) => (await api.manage('/UetTagAuthKey/Query', body)).body;
  expect(await ask({ UetTagId: '187012347' })).toMatchObject({ UetTagAuthKey: null, PartialErrors: [{ Code: 5300 }] });
  expect(getErrors(await ask({ TagId: tagId }))).toMatchObject([{ Code: 100 }]);
  api.simulator.faults({ mode: 'guide-key' });
  expect(await ask({ TagId: tagId })).toMatchObject({ TagAuthKey: { AuthKey: expect.any(String) } });
  expect(getErrors(await ask({ UetTagId: tagId }))).toMatchObject([{ Code: 100 }]);
  api.simulator.faults({ mode: 'keys-off' });
  expect(await api.manage('/UetTagAuthKey/Query', { UetTagId: tagId })).toMatchObject({
    status: 400,
    body: { OperationErrors: [{ Code: 204 }] },
  });
  api.simulator.faults({ mode: 'ok' });
  await api.signIn('viewer');
  expect(getErrors(await ask({ UetTagId: tagId }))).toMatchObject([{ Code: 106 }]);
});
