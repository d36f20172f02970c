import { describe, expect, test } from 'vitest';
import { readValidConfig } from '../config/config.fixture.ts';
import type { Config } from '../config/config.ts';
import { getTablePath } from '../country/country-table.fixture.ts';
import type { HookSignature } from '../event/hook-signature.ts';
import type { Site } from '../event/site.ts';
import { dayMs } from '../event/units.ts';
import type { ConnectionEntry } from '../sites/merge-sites.ts';
import { checkAddress, checkCountry, checkEntries, checkSite } from './preflight-sites.ts';

const site: Site = {
  id: 'shop',
  name: 'Shop',
  domains: ['shop.example'],
  platform: 'custom',
  writeKey: 'wk_shop',
  secretKeyHashes: [],
  consent: { policy: 'regional' },
  defaultCountry: 'US',
  timeZone: 'UTC',
  bots: 'drop',
  tags: {},
  purchaseHoldSeconds: 'auto',
  purchases: 'as-reported',
  webhooks: { secrets: [], purchaseOn: 'create' },
  accuracy: { alertUnder: 0.9 },
  connections: [],
};
const listSubjects = (one: Site) => [...checkSite(one)].map(({ level, subject }) => `${level} ${subject}`);

test('the check warns when a default country decides missing consent unless the site states that it should', () => {
  expect(listSubjects(site)).toContain('warning shop/consent.missingCountry');
  for (const missingCountry of ['unknown', 'default-country'] as const)
    expect(listSubjects({ ...site, consent: { policy: 'regional', missingCountry } })).toEqual(['warning shop']);
});

test('the check warns of a hook whose requests are not signed', () => {
  const hook = { id: 'crm', source: 'custom', secrets: ['a secret of the CRM'], events: [] } as const;
  const check = (signature: HookSignature) => listSubjects({ ...site, hooks: [{ ...hook, signature }] });
  expect(check({ scheme: 'basic' })).toContain('warning shop/hooks');
  expect(check({ scheme: 'standard-webhooks' })).not.toContain('warning shop/hooks');
});

test('the check warns when chosen purchases of a dataLayer are not read, because the shop reports its orders', () => {
  const dataLayer = { mode: 'on', layer: ['dataLayer'], map: {}, events: ['purchase'] } as const;
  const webhooks = { secrets: ['a-secret-of-the-shop'], purchaseOn: 'create' } as const;
  const chosen: Site = { ...site, webhooks, capture: { dataLayer } };
  expect(listSubjects(chosen)).toContain('warning shop/capture.dataLayer');
  expect(listSubjects({ ...chosen, purchases: 'confirmed' })).not.toContain('warning shop/capture.dataLayer');
  const { events: _, ...defaults } = dataLayer;
  const byDefault = { ...chosen, capture: { dataLayer: defaults } };
  expect(listSubjects(byDefault)).not.toContain('warning shop/capture.dataLayer');
});

test('a connection that cannot run is a problem, and one to the simulator in the gateway a warning', () => {
  const connection: ConnectionEntry = {
    id: 'bing',
    destination: 'microsoft',
    origin: 'dashboard',
    enabled: true,
    settings: {},
    secrets: [],
    problem: 'Does not run.',
  };
  const check = (one: ConnectionEntry) => {
    const entry = {
      origin: 'dashboard',
      site,
      runs: true,
      lostSecrets: [],
      distrusted: [],
      connections: [one],
      revision: '',
    } as const;
    return [...checkEntries([entry])].map(({ level, subject }) => `${level} ${subject}`);
  };
  expect(check(connection)).toEqual(['problem shop/bing']);
  expect(check({ ...connection, isSimulated: true })).toEqual(['warning shop/bing']);
});

test("the check warns of the address by which a site's pages reach the gateway", () => {
  const check = (publicUrl: string | undefined, own: Partial<Site> = {}, pixelPath = '/p.js') =>
    [...checkAddress({ pixelPath, ...(publicUrl !== undefined && { publicUrl }) }, { ...site, ...own })].map(
      ({ level, subject }) => `${level} ${subject}`,
    );
  expect([check(undefined), check('https://data.shop.example'), check('https://shop.example/m')]).toEqual([[], [], []]);
  expect(check('https://convey.other.example')).toEqual(['warning shop/publicUrl']);
  expect(check('https://convey.other.example', { publicUrl: 'https://data.shop.example' })).toEqual([]);
  expect(check('https://analytics.shop.example', {}, '/events/v.js')).toEqual(['warning shop/publicUrl']);
});

describe('the check of the country', () => {
  const built = Date.parse('2026-06-17T19:00:00Z');
  const check = (
    country: Config['country'],
    { countryHeader, now = built + dayMs }: { countryHeader?: string; now?: number } = {},
  ) => {
    const collector = { ...readValidConfig({}).collector, trustedProxies: ['10.0.0.1'], countryHeader };
    return [...checkCountry({ country, collector }, [site], now)].map(
      ({ level, subject, says }) => `${level} ${subject}: ${says}`,
    );
  };

  test('warns if a policy depends on it and nothing gives it', () => {
    expect(check({ mode: 'headers', files: [] })).toEqual([
      expect.stringMatching(
        /^warning collector\.countryHeader: .* at shop\. Set `collector\.countryHeader` .* `country\.mode` to `table`$/,
      ),
    ]);
  });

  test('names the header, and the tables with their dates', () => {
    expect(check({ mode: 'headers', files: [] }, { countryHeader: 'cf-ipcountry' })).toEqual([
      'ok country: Countries come from the header `cf-ipcountry` of your proxy',
    ]);
    expect(check({ mode: 'table', files: [] })).toEqual([
      expect.stringMatching(
        /^ok country: .*`iptoasn-country` of 2026-06-17 and `geo-whois-asn-country` of 2026-06-17, if they agree/,
      ),
    ]);
  });

  test('warns of tables that are older than 90 days', () => {
    const files = [getTablePath('iptoasn-country')];
    expect(check({ mode: 'table', files }, { now: built + 92 * dayMs })).toEqual([
      'ok country: Countries come from the table `iptoasn-country.mmdb` of 2026-06-17',
      expect.stringMatching(/^warning country: The country tables are up to 91 days old/),
    ]);
  });

  test('is a problem if a file of the config is no table', () => {
    const files = [import.meta.filename];
    expect(check({ mode: 'table', files })).toEqual([
      `problem country: The country table ${import.meta.filename} is no MaxMind DB file, or is cut off. Download it again, and unpack it: the name of the unpacked file ends in \`.mmdb\`. The setting is \`country.files\``,
    ]);
  });
});
