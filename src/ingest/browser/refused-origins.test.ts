import { expect, test } from 'vitest';
import { hourMs } from '../../event/units.ts';
import { createLogger } from '../../logger.ts';
import { RefusedOrigins } from './refused-origins.ts';

const start = 1_795_514_400_000;

function open(now = () => start) {
  const lines: string[] = [];
  const origins = new RefusedOrigins({
    now,
    logger: createLogger('info', { write: (line: string) => void lines.push(line) }),
    isDomain: (host) => /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(host) && !/\d$/.test(host),
  });
  return { origins, lines };
}

test('RefusedOrigins counts the requests of each domain, and logs a domain once', () => {
  const { origins, lines } = open();
  for (const origin of ['https://www.other.example', 'https://staging.example:8443', 'https://www.other.example.'])
    origins.note('shop', origin);
  const lastAt = start;
  expect(origins.list('shop')).toEqual([
    { domain: 'www.other.example', requests: 2, lastAt },
    { domain: 'staging.example', requests: 1, lastAt },
  ]);
  expect(origins.list('elsewhere')).toEqual([]);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ domain: 'www.other.example' }, { domain: 'staging.example' }]);
});

test.each(['file://', 'x', 'foo://shop.example', 'https://203.0.113.7', 'https://shop'])(
  'RefusedOrigins ignores %s, which could not be listed',
  (origin) => {
    const { origins } = open();
    origins.note('shop', origin);
    expect(origins.list('shop')).toEqual([]);
  },
);

test('RefusedOrigins keeps the 20 most frequent domains of a site, and the newest of those with one request', () => {
  const { origins } = open();
  for (let count = 0; count < 2; count += 1) origins.note('shop', 'https://real.example');
  for (let count = 0; count < 25; count += 1) origins.note('shop', `https://shop-${count}.example`);
  const domains = origins.list('shop').map(({ domain }) => domain);
  expect(domains).toHaveLength(20);
  expect(domains).toEqual(expect.arrayContaining(['real.example', 'shop-24.example']));
  expect(domains).not.toContain('shop-5.example');
});

test('RefusedOrigins forgets a domain after a day without a request, and counts it anew', () => {
  let now = start;
  const { origins } = open(() => now);
  origins.note('shop', 'https://a.example');
  origins.note('shop', 'https://b.example');
  now += 23 * hourMs;
  origins.note('shop', 'https://b.example');
  now += hourMs;
  expect(origins.list('shop')).toMatchObject([{ domain: 'b.example', requests: 2 }]);
  origins.note('shop', 'https://a.example');
  expect(origins.list('shop')).toMatchObject([{ requests: 2 }, { domain: 'a.example', requests: 1 }]);
});

test('RefusedOrigins logs 100 lines of a site at most when origins are invented', () => {
  const { origins, lines } = open();
  for (let count = 0; count < 300; count += 1) origins.note('shop', `https://shop-${count}.example`);
  expect(lines).toHaveLength(100);
  origins.note('other', 'https://shop-0.example');
  expect(lines).toHaveLength(101);
});
