import { expect, it } from 'vitest';
import { isLiveEndpoint } from './live-endpoint.ts';

const toPlatform = (url: string) => ({
  probe: { encode: () => ({ method: 'GET' as const, url, headers: {}, body: '' }), decode: () => 'ok' as const },
});
const sign = { scheme: 'standard-webhooks' as const, secrets: [], nameMessage: () => '' };

it.each([
  ['https://capi.uet.microsoft.com/v1/1/events', true, true],
  ['https://receiver.example/hook', true, true],
  ['http://127.0.0.1:8090/v1/1/events', false, true],
  ['http://[::1]:8090/', false, true],
  ['http://localhost:8090/', false, true],
  ['https://10.1.2.3/hook', false, true],
  ['https://[fd00::1]/hook', false, true],
])('%s is a live platform: %s, a live receiver of signed requests: %s', (url, platform, receiver) => {
  expect(isLiveEndpoint(toPlatform(url), {})).toBe(platform);
  expect(isLiveEndpoint({ ...toPlatform(url), sign }, {})).toBe(receiver);
});

it("the gateway's own simulator is not live, of a platform or of a receiver of signed requests", () => {
  const platform = toPlatform('http://127.0.0.1:8090/v1/1/events');
  expect(isLiveEndpoint(platform, { isSimulated: true })).toBe(false);
  expect(isLiveEndpoint({ ...platform, sign }, { isSimulated: true })).toBe(false);
});
