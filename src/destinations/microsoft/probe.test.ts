import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSender } from '../../delivery/sending/http-sender.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../simulators/microsoft/simulator.ts';
import { microsoft } from './microsoft.ts';

const sender = createSender({ allowPrivateDestinations: true, userAgent: 'convey/test' });
let simulator: MicrosoftSimulator;

beforeAll(async () => {
  simulator = await startMicrosoftSimulator({ port: 0, tokens: { '187012345': 'right-token' } });
});

afterAll(async () => {
  await simulator.close();
  await sender.close();
});

async function probeWith(settings: Record<string, unknown>) {
  const connected = microsoft.connect({ tagId: '187012345', token: 'right-token', endpoint: simulator.url, ...settings });
  if ('issues' in connected) throw new Error(JSON.stringify(connected.issues));
  const { probe } = connected.platform;
  const sent = await sender.send(probe.encode(undefined, 0));
  return 'response' in sent ? probe.decode(sent.response) : sent;
}

test('§7.1 the right token of the right tag is accepted, and no event is counted', async () => {
  expect(await probeWith({})).toBe('ok');
  expect(simulator.journalEvents()).toEqual([]);
});

test.each([
  ['a wrong token', { token: 'wrong-token' }],
  ['a token cut short', { token: 'right-toke' }],
  ["another tag's number", { tagId: '187012346' }],
])(
  '§7.2 %s is reported as a token that is not accepted for this tag: Microsoft does not state which one is wrong',
  async (_, settings) => {
    expect(await probeWith(settings)).toMatchObject({
      code: 'token-refused',
      message: expect.stringMatching(/token for this tag \(401\).*`tagId` is wrong.*15 minutes/),
    });
  },
);

test('§7.4 an endpoint with an extra path is reported as not found', async () => {
  expect(await probeWith({ endpoint: `${simulator.url}/capi` })).toMatchObject({ code: 'tag-not-found' });
});
