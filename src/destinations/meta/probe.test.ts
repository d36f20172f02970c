import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSender } from '../../delivery/sending/http-sender.ts';
import { type MetaSimulator, startMetaSimulator } from '../../simulators/meta/simulator.ts';
import { meta } from './meta.ts';

const sender = createSender({ allowPrivateDestinations: true, userAgent: 'convey/test' });
let simulator: MetaSimulator;

beforeAll(async () => {
  const tokens = { '1234567890123456': 'right-token', '6543210987654321': 'other-token' };
  simulator = await startMetaSimulator({ port: 0, tokens });
});

afterAll(async () => {
  await simulator.close();
  await sender.close();
});

async function probed(input: Record<string, unknown>) {
  const connected = meta.connect({ datasetId: '1234567890123456', token: 'right-token', endpoint: simulator.url, ...input });
  if ('issues' in connected) throw new Error(JSON.stringify(connected.issues));
  const { probe } = connected.platform;
  const sent = await sender.send(probe.encode(undefined, 0));
  return 'response' in sent ? probe.decode(sent.response) : sent;
}

test('§7.1 the right token of the right dataset is accepted, and no event is counted', async () => {
  expect(await probed({})).toBe('ok');
  expect(await probed({ testEventCode: 'TEST12345' })).toBe('ok');
  expect(simulator.journalEvents()).toEqual([]);
});

test.each([
  ['a wrong token', { token: 'wrong-token' }, 'token-refused'],
  ['a token cut short', { token: 'right-toke' }, 'token-refused'],
  ["another dataset's token", { token: 'other-token' }, 'dataset-not-found'],
  ['an unknown dataset', { datasetId: '1234567890123457' }, 'dataset-not-found'],
  ['a version that ended', { apiVersion: 'v12.0' }, 'version-ended'],
  ['a version that does not exist yet', { apiVersion: 'v99.0' }, 'path-not-found'],
])('§7.2 %s is reported', async (_, value, code) => {
  expect(await probed(value)).toMatchObject({ code });
});

test('§7.2 a temporary problem is no problem of the credential', async () => {
  simulator.faults({ mode: 'throttle', count: 1 });
  expect(await probed({})).toMatchObject({ code: 'probe-unavailable' });
  expect(await probed({})).toBe('ok');
});
