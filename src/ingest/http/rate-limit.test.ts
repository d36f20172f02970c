import { expect, test } from 'vitest';
import { networkPrefix } from '../../net/ip-address.ts';
import { createNetworkRateLimiter, createRateLimiter, sameForAllNetworks } from './rate-limit.ts';

test('a caller has its burst and then its rate, and is admitted after the returned wait', () => {
  let now = 0;
  const ask = createRateLimiter({ perSecond: 2, burst: 3 }, () => now);
  expect([ask('a'), ask('a'), ask('a')]).toEqual([undefined, undefined, undefined]);
  expect(ask('a')).toBe(0.5);
  expect(ask('b')).toBeUndefined();
  now = 500;
  expect([ask('a'), ask('a')]).toEqual([undefined, 0.5]);
  now = 60_000;
  expect([ask('a'), ask('a'), ask('a'), ask('a')]).toEqual([undefined, undefined, undefined, 0.5]);
});

test('a request takes its cost in tokens, and a refused one takes none', () => {
  let now = 0;
  const ask = createRateLimiter({ perSecond: 10, burst: 100 }, () => now);
  expect(ask('a', 80)).toBeUndefined();
  expect([ask('a', 50), ask('a', 20)]).toEqual([3, undefined]);
  now = 3_000;
  expect(ask('a', 30)).toBeUndefined();
});

test('a cost above the burst is admitted from a full bucket, and leaves a debt', () => {
  let now = 0;
  const ask = createRateLimiter({ perSecond: 10, burst: 20 }, () => now);
  expect([ask('a', 50), ask('a', 1), ask('a', 50)]).toEqual([undefined, 3.1, 5]);
  now = 5_000;
  expect(ask('a', 50)).toBeUndefined();
});

test('a clock rollback removes no tokens', () => {
  let now = 10_000;
  const ask = createRateLimiter({ perSecond: 1, burst: 2 }, () => now);
  ask('a');
  now = 0;
  expect([ask('a'), ask('a')]).toEqual([undefined, 1]);
  now = 1_000;
  expect([ask('a'), ask('a')], 'a caller waits by the new time').toEqual([undefined, 1]);
});

test('callers beyond 100,000 remove the caller that was quiet longest', () => {
  const ask = createRateLimiter({ perSecond: 1, burst: 1 }, () => 0);
  ask('first');
  ask('second');
  expect(ask('first')).toBe(1);
  for (let n = 0; n < 99_999; n++) ask(String(n));
  expect(ask('first'), 'asked again after the second, so it is still known').toBe(1);
  expect(ask('second')).toBeUndefined();
});

test.each([
  ['203.0.113.42', '203.0.113.42'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::5', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['2001:0db8:0001:0000:0000::', '2001:db8:1:0'],
])('%s has the network %s', (address, network) => {
  expect(networkPrefix(address)).toBe(network);
});

/** Networks of different /56 ranges, unless `apart` is smaller than 256. */
const slash64 = (site: number, index: number, apart = 256) => `2001:db8:${site}:${(index * apart).toString(16)}`;

test('a /56 has 4 times and a /48 has 16 times the rate of a /64', () => {
  let now = 0;
  const ask = createNetworkRateLimiter({ perSecond: 1, burst: 10 }, () => now);
  const admitted = (networks: readonly string[]) => networks.filter((network) => ask(network) === undefined).length;
  expect(admitted(Array(100).fill(slash64(1, 0)))).toBe(10);
  expect(admitted(Array.from({ length: 200 }, (_, index) => slash64(2, index, 1)))).toBe(40);
  expect(admitted(Array.from({ length: 256 }, (_, index) => slash64(3, index)))).toBe(160);
  expect(ask(slash64(4, 0)), 'another /48').toBeUndefined();
  now = 1_000;
  expect(admitted(Array(100).fill(slash64(1, 0)))).toBe(1);
  expect(admitted(Array.from({ length: 200 }, (_, index) => slash64(2, index, 1)))).toBe(4);
  expect(admitted(Array.from({ length: 256 }, (_, index) => slash64(3, index)))).toBe(16);
});

test('a /48 has the rate of a /64 if the factors are the same', () => {
  const ask = createNetworkRateLimiter({ perSecond: 1, burst: 10 }, () => 0, undefined, sameForAllNetworks);
  const networks = Array.from({ length: 256 }, (_, index) => slash64(1, index));
  expect(networks.filter((network) => ask(network) === undefined)).toHaveLength(10);
  expect(ask(slash64(2, 0)), 'another /48').toBeUndefined();
});

test('a busy /64 takes nothing from the others of its /48', () => {
  const ask = createNetworkRateLimiter({ perSecond: 1, burst: 10 }, () => 0);
  for (let n = 0; n < 1_000; n++) ask(slash64(1, 0));
  expect(ask(slash64(1, 0))).toBe(1);
  expect(ask(slash64(1, 1))).toBeUndefined();
});

test('each detail of a network is limited separately', () => {
  const ask = createNetworkRateLimiter({ perSecond: 1, burst: 1 }, () => 0);
  expect([
    ask('198.51.100.13', { detail: 'a' }),
    ask('198.51.100.13', { detail: 'b' }),
    ask('198.51.100.13', { detail: 'a' }),
  ]).toEqual([undefined, undefined, 1]);
});
