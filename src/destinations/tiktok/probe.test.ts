import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSender } from '../../delivery/sending/http-sender.ts';
import { startTiktokSimulator, type TiktokSimulator } from '../../simulators/tiktok/simulator.ts';
import { tiktok } from './tiktok.ts';

const sender = createSender({ allowPrivateDestinations: true, userAgent: 'convey/test' });
let simulator: TiktokSimulator;

beforeAll(async () => {
  const tokens = { C4ABCDEF0123456789AB: 'right-token', C4OTHER: 'other-token' };
  simulator = await startTiktokSimulator({ port: 0, tokens });
});

afterAll(async () => {
  await simulator.close();
  await sender.close();
});

async function probed(given: Record<string, unknown>) {
  const settings = { pixelCode: 'C4ABCDEF0123456789AB', token: 'right-token', endpoint: simulator.url, ...given };
  const connected = tiktok.connect(settings);
  if ('issues' in connected) throw new Error(JSON.stringify(connected.issues));
  const { probe } = connected.platform;
  const sent = await sender.send(probe.encode(undefined, Date.now()));
  return 'response' in sent ? probe.decode(sent.response) : sent;
}

test('§8.1 the right token of the right pixel is accepted, and no event is counted', async () => {
  expect(await probed({})).toBe('ok');
  expect(await probed({ testEventCode: 'TEST12345' })).toBe('ok');
  expect(simulator.journalEvents()).toEqual([]);
});

test.each([
  ['a wrong token', { token: 'wrong-token' }, 'token-refused'],
  ['a token cut short', { token: 'right-toke' }, 'token-refused'],
  ["another pixel's token", { token: 'other-token' }, 'access-refused'],
  ['an unknown pixel', { pixelCode: 'C4UNKNOWN' }, 'access-refused'],
])('§8.2 %s is reported', async (_, given, code) => {
  expect(await probed(given)).toMatchObject({ code });
});

test('§8.2 a temporary problem is no problem of the credential', async () => {
  simulator.faults({ mode: 'throttle', status: 401, count: 1 });
  expect(await probed({})).toMatchObject({ code: 'probe-unavailable' });
  expect(await probed({})).toBe('ok');
});
