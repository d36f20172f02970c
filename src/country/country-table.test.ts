import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { getTablePath, makeTable, openPackagedTables, share } from './country-table.fixture.ts';
import { createCountryLookup, openCountryTable } from './country-table.ts';

const tables = openPackagedTables();
const [iptoasn, whois] = tables;
if (!iptoasn || !whois) throw new Error('a table is missing');

describe('a country by both tables', () => {
  const lookUp = createCountryLookup(tables);

  it.each([
    ['of an American university', '18.9.22.69', 'US'],
    ['of a German provider', '217.0.0.1', 'DE'],
    ['of a Swiss university', '129.132.1.1', 'CH'],
    ['of a German provider in IPv6', '2003::1', 'DE'],
    ['of no network', '203.0.113.42', undefined],
    ['of a private network', '10.0.0.1', undefined],
    ['of this machine', '127.0.0.1', undefined],
    ['of no network in IPv6', '2001:db8::1', undefined],
  ])('is known for an address %s only if a table has it', (_, address, country) => {
    expect(lookUp(address)).toBe(country);
  });

  it('is not known for an address that the tables put in different countries', () => {
    const [first, second] = [createCountryLookup([iptoasn]), createCountryLookup([whois])];
    const differing = sample().filter(
      (one) => first(one) !== undefined && second(one) !== undefined && first(one) !== second(one),
    );
    expect(differing.length).toBeGreaterThan(10);
    expect(differing.map(lookUp)).toEqual(differing.map(() => undefined));
  });

  it.each(['192.168.1.1', '10.0.0.1', '127.0.0.1', '203.0.113.42', '::18.9.22.69'])(
    'is not known for %s, which is not public, even if a table has one',
    (address) => {
      expect([...tables.map((table) => [table]), tables].map((some) => createCountryLookup(some)(address))).toEqual(
        Array(3).fill(undefined),
      );
    },
  );

  it('is not known without a table', () => {
    expect(createCountryLookup([])('18.9.22.69')).toBeUndefined();
  });

  it('is the same on another thread, which copies no bytes', async () => {
    const code = `
      import { parentPort, workerData } from 'node:worker_threads';
      const { createCountryLookup } = await import(workerData.module);
      const { tables } = workerData;
      const isShared = tables.every(({ bytes }) => bytes instanceof SharedArrayBuffer);
      parentPort.postMessage([createCountryLookup(tables)('217.0.0.1'), isShared]);
    `;
    const module = new URL('./country-table.ts', import.meta.url).href;
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { workerData: { module, tables } });
    expect(await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))).toEqual(['DE', true]);
    await worker.terminate();
  });
});

function sample(): readonly string[] {
  return Array.from({ length: 4_000 }, (_, at) => `${(at % 222) + 1}.${(at * 37) % 256}.${(at * 101) % 256}.1`);
}

describe('a table', () => {
  const bytes = readFileSync(getTablePath('iptoasn-country'));

  it('has the time at which it was built', () => {
    expect(iptoasn.builtAt).toBe(Date.parse('2026-06-17T19:54:21Z'));
  });

  it('of IPv4 alone knows no IPv6 address', () => {
    const folder = dirname(getTablePath('iptoasn-country'));
    const opened = openCountryTable('ipv4', share(readFileSync(join(folder, 'iptoasn-country-ipv4.mmdb'))));
    if ('rule' in opened) throw new Error(opened.rule);
    const lookUp = createCountryLookup([opened]);
    expect([lookUp('217.0.0.1'), lookUp('2003::1'), lookUp('d900::1')]).toEqual(['DE', undefined, undefined]);
  });

  it.each([
    ['a code', { country_code: 'DE' }, { country_code: 'us' }],
    ['a code beside a name', { country: 'Germany', country_code: 'DE' }, { country: 'United States', country_code: 'US' }],
    ['a code as the country', { country: 'DE' }, { country: 'US' }],
    ['an object', { country: { iso_code: 'DE' } }, { continent: { code: 'NA' }, country: { geoname_id: 1, iso_code: 'US' } }],
  ])('with %s has countries', (_, lower, upper) => {
    const builtAt = Date.parse('2026-12-01T00:00:00Z');
    const opened = openCountryTable('table', share(makeTable(lower, upper, { builtAt })));
    if ('rule' in opened) throw new Error(opened.rule);
    const lookUp = createCountryLookup([opened]);
    expect([opened.builtAt, lookUp('1.2.3.4'), lookUp('217.0.0.1')]).toEqual([builtAt, 'DE', 'US']);
  });

  it.each([
    ['names of cities alone', makeTable({ city: 'Berlin' }, { city: 'Boston' }), 'has no countries'],
    ['names of countries alone', makeTable({ country: 'Germany' }, { country: 'France' }), 'has no countries'],
    ['more nodes than its file has', makeTable({ country: 'DE' }, { country: 'US' }, { nodeCount: 4_000_000 }), 'is damaged'],
    ['nothing', Buffer.alloc(0), 'is no MaxMind DB file'],
    ['the page of an error', Buffer.from('<!doctype html><title>404</title>'), 'is no MaxMind DB file'],
    ['a download that ended early', bytes.subarray(0, bytes.byteLength / 2), 'is no MaxMind DB file'],
    ['a compressed file', Buffer.from('1f8b0800000000000003', 'hex'), 'is no MaxMind DB file'],
    ['the end of a file alone', bytes.subarray(-300), 'is cut off'],
    ['zeros in place of the tree', withZeros(bytes, 5_186_064), 'has no countries'],
    [
      'addresses of IPv6 alone',
      readFileSync(join(dirname(getTablePath('iptoasn-country')), 'iptoasn-country-ipv6.mmdb')),
      'has no countries of IPv4',
    ],
  ])('of %s is refused', (_, content, rule) => {
    expect(openCountryTable('table', share(content))).toMatchObject({ rule: expect.stringContaining(rule) });
  });

  it('with random damage never fails a lookup', () => {
    for (let round = 0; round < 8; round += 1) {
      const damaged = Buffer.from(bytes);
      for (let at = round * 131; at < 5_187_000; at += 10_007) damaged[at] = (at * 7 + round) % 256;
      const opened = openCountryTable('table', share(damaged));
      if ('rule' in opened) continue;
      const lookUp = createCountryLookup([opened]);
      for (const address of sample()) lookUp(address);
    }
  });
});

function withZeros(bytes: Buffer, end: number): Buffer {
  return Buffer.from(bytes).fill(0, 0, end);
}
