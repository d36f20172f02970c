import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSender } from '../../delivery/sending/http-sender.ts';
import { type PinterestSimulator, startPinterestSimulator } from '../../simulators/pinterest/simulator.ts';
import { pinterest } from './pinterest.ts';

const sender = createSender({ allowPrivateDestinations: true, userAgent: 'convey/test' });
let simulator: PinterestSimulator;

beforeAll(async () => {
  const tokens = { '549755885175': 'right-token', '77': 'other-token' };
  simulator = await startPinterestSimulator({ port: 0, tokens });
});

afterAll(async () => {
  await simulator.close();
  await sender.close();
});

async function probe(given: Record<string, unknown>) {
  const settings = { adAccountId: '549755885175', token: 'right-token', endpoint: simulator.url, ...given };
  const connected = pinterest.connect(settings);
  if ('issues' in connected) throw new Error(JSON.stringify(connected.issues));
  const sent = await sender.send(connected.platform.probe.encode(undefined, 0));
  return 'response' in sent ? connected.platform.probe.decode(sent.response) : sent;
}

test('§8.1 the right token of the right ad account is accepted, and nothing is recorded', async () => {
  expect(await probe({})).toBe('ok');
  expect(await probe({ testMode: 'on' })).toBe('ok');
  expect(simulator.journalEvents()).toEqual([]);
});

test.each([
  ['a wrong token', { token: 'wrong-token' }, 'token-refused'],
  ["another ad account's token", { token: 'other-token' }, 'access-refused'],
  ['an ad account of others', { adAccountId: '88' }, 'access-refused'],
])('§8.2 %s is reported', async (_, given, code) => {
  expect(await probe(given)).toMatchObject({ code });
});

test('§8.2 a temporary problem is no problem of the credential', async () => {
  simulator.faults({ mode: '429', count: 1 });
  expect(await probe({})).toMatchObject({ code: 'probe-unavailable' });
  expect(await probe({})).toBe('ok');
});
