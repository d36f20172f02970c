import { gunzipSync } from 'node:zlib';
import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import { openPackagedTables } from '../../country/country-table.fixture.ts';
import { createCountryLookup } from '../../country/country-table.ts';
import type { Site } from '../../event/site.ts';
import { builtPixel } from '../collector.fixture.ts';
import { shop } from '../site.fixture.ts';
import { startCollector, view } from './browser-route.fixture.ts';

describe('GET /p.js', () => {
  const tcf = { vendors: [1126], purposes: [1, 7] };
  /** Returns the parts of a site's pixel, and the settings in it. */
  const loadPixel = async (site: Partial<Site>, drivers: Readonly<Record<string, object>> = {}) => {
    const { call } = await startCollector({ sites: () => [{ ...shop, ...site }], getSiteTags: () => ({ drivers, tcf }) });
    const answer = await call(`/p.js?k=${shop.writeKey}`);
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    const [, settings = '', parts] = /^start\((.*),(\{[^{}]*\}),script\);$/.exec(await answer.text()) ?? [];
    return { parts, settings: JSON.parse(settings) };
  };

  test('holds the public settings of the site and none of its secrets', async () => {
    const { settings, parts } = await loadPixel(
      { consent: { policy: 'strict' } },
      { other: { queue: '</script>__CONVEY_PARTS__' } },
    );
    expect(settings).toEqual({
      writeKey: shop.writeKey,
      silence: 'denied',
      purchase: ['purchase', 'purchase', 'checkout_completed', 'order_completed'],
      urgent: expect.arrayContaining(['purchase', 'lead', 'generate_lead', 'signup', 'sign_up']),
      cookies: expect.arrayContaining(['_uetmsclkid', '_gcl_aw', '_fbc', '_uetvid']),
      clicks: expect.arrayContaining(['msclkid', 'gclid', 'irclid']),
      tcf,
      tags: { other: { queue: '</script>__CONVEY_PARTS__' } },
    });
    expect(parts).toBe('{consentTools:readTools,captures:[],drivers:[["other",driveOther]]}');
  });

  test('may be cached by all, unless the country is part of it', async () => {
    const proxies = { trustedProxies: ['127.0.0.1'], countryHeader: 'cf-ipcountry' };
    const { call } = await startCollector({ proxies, sites: () => [{ ...shop, consent: { policy: 'regional' } }] });
    const get = (country: string) => call(`/p.js?k=${shop.writeKey}`, { headers: { 'cf-ipcountry': country } });
    expect((await get('US')).headers.get('cache-control')).toBe('private, max-age=300');
    expect(await (await get('US')).text()).toContain('"silence":"granted"');
    expect(await (await get('DE')).text()).toContain('"silence":"denied"');
    expect(await (await get('XX')).text()).toContain('"silence":"denied"');
    const granting = await startCollector();
    expect((await granting.call(`/p.js?k=${shop.writeKey}`)).headers.get('cache-control')).toBe('public, max-age=300');
  });

  test('has the silence of the country by the tables', async () => {
    const lookUpCountry = createCountryLookup(openPackagedTables());
    const proxies = { trustedProxies: ['127.0.0.1'], lookUpCountry };
    const { call } = await startCollector({ proxies, sites: () => [{ ...shop, consent: { policy: 'regional' } }] });
    const get = async (ip: string) => (await call(`/p.js?k=${shop.writeKey}`, { headers: { 'x-forwarded-for': ip } })).text();
    expect(await get('18.9.22.69')).toContain('"silence":"granted"');
    expect(await get('217.0.0.1')).toContain('"silence":"denied"');
    expect(await get('203.0.113.42')).toContain('"silence":"denied"');
  });

  test.each([
    ['is the core alone when the shop asks itself and has no browser tag', 'granted', 'custom', {}, 'captures:[],drivers:[]'],
    [
      'reads consent tools when the policy asks for a choice',
      'regional',
      'woocommerce',
      {},
      'consentTools:readTools,captures:[],drivers:[]',
    ],
    [
      'drives the browser tags of the site, and reads consent tools for them',
      'granted',
      'custom',
      { microsoft: {}, other: {} },
      'consentTools:readTools,captures:[],drivers:[["microsoft",driveMicrosoft],["other",driveOther]]',
    ],
    ['writes to the cart of a Shopify shop', 'granted', 'shopify', {}, 'shopifyCart:writeCart,captures:[],drivers:[]'],
  ] as const)('%s', async (_, policy, platform, drivers, parts) => {
    const pixel = await loadPixel({ consent: { policy }, platform }, drivers);
    expect(pixel.parts).toBe(`{${parts}}`);
    expect('tcf' in pixel.settings).toBe(parts.includes('consentTools'));
  });

  test('names pages and carries visitors only for sites that list them, and shows no key', async () => {
    const dataLayer = { mode: 'off', layer: ['dataLayer'], map: {} } as const;
    const pages = [
      { match: '/checkout/*', as: '/checkout', ignore: ['step'] },
      { match: '/a.b', ignore: ['tab'] },
    ];
    const captures = { 'virtual-pages': 'namePages', 'cross-domain': 'linkDomains' };
    const { call } = await startCollector({
      sites: () => [{ ...shop, capture: { dataLayer, pages, links: ['checkout.example'] }, linkKeys: ['a-secret-key'] }],
      pixel: { ...builtPixel, captures, path: '/p.js' },
    });
    const script = await (await call(`/p.js?k=${shop.writeKey}`)).text();
    expect(script).toContain('captures:[namePages,linkDomains]');
    expect(script).toContain('"links":[{"domain":"checkout.example"}]');
    expect(script).toContain(
      JSON.stringify([
        ['^\\/checkout\\/.*$', '/checkout', 'step'],
        ['^\\/a\\.b$', '', 'tab'],
      ]),
    );
    expect(script).not.toContain('a-secret-key');
    expect((await loadPixel({ capture: { dataLayer, pages: [] } })).parts).toBe('{captures:[],drivers:[]}');
  });

  test('reads data layers only for sites that use them, and purchases only if the shop reports none', async () => {
    const dataLayer = { mode: 'on', layer: ['dataLayer'], map: {} } as const;
    const load = async (site: Partial<Site>) => {
      const { parts, settings } = await loadPixel({ capture: { dataLayer }, ...site });
      const names = (settings.dataLayer?.events ?? []).map(([name]: [string]) => name);
      return { parts, names, isOrderIdNeeded: settings.dataLayer?.isOrderIdNeeded };
    };
    expect((await load({ capture: { dataLayer: { ...dataLayer, mode: 'off' } } })).parts).toBe('{captures:[],drivers:[]}');
    const preview = await load({ capture: { dataLayer: { ...dataLayer, mode: 'preview' } } });
    expect(preview.parts).toBe('{captures:[() => 2],drivers:[]}');
    const custom = await load({});
    expect(custom.parts).toBe('{captures:[() => 1],drivers:[]}');
    expect(custom.names).toEqual(expect.arrayContaining(['view_item', '.detail', 'purchase', '.purchase']));
    expect(custom.names).not.toContain('view_cart');
    const done = { as: 'Lead', value: 'a.total', orderId: 'a.no', items: 'a.lines', item: { id: 'sku', name: 'label' } };
    const mapped = await loadPixel({ capture: { dataLayer: { ...dataLayer, events: [], map: { done, seen: { as: 'Seen' } } } } });
    expect(mapped.settings.dataLayer.events).toEqual([
      ['done', { as: 'Lead', fields: 'value:a.total orderId:a.no', items: 'a.lines', item: 'id:sku name:label' }],
      ['seen', { as: 'Seen' }],
    ]);
    const webhooks = { secrets: ['a-secret-of-the-shop'], purchaseOn: 'create' } as const;
    const map = { order_done: { as: 'Purchase' }, order_seen: { as: 'ViewContent' } };
    for (const own of [{ webhooks }, { platform: 'woocommerce' }, { platform: 'shopify' }] as const) {
      const left = await load({ ...own, capture: { dataLayer: { ...dataLayer, map } } });
      expect(left.names.filter((name: string) => /purchase|order/.test(name))).toEqual(['order_seen']);
      const { names, isOrderIdNeeded } = await load({ ...own, purchases: 'confirmed' });
      expect(names).toEqual(expect.arrayContaining(['purchase', '.purchase']));
      expect(isOrderIdNeeded).toBe(true);
    }
  });

  test('has the readers of the consent tools that the settings name, and no other', async () => {
    const dataLayer = { mode: 'off', layer: ['dataLayer'], map: {} } as const;
    const load = async (capture: Site['capture'], policy: 'strict' | 'granted' = 'strict') =>
      (await loadPixel({ consent: { policy }, ...(capture && { capture }) })).parts;
    const others = ',captures:[],drivers:[]}';
    expect(await load(undefined)).toBe(`{consentTools:readTools${others}`);
    expect(await load({ dataLayer })).toBe(await load(undefined));
    const klaro = `{consentTools:(addReaders)(readTools,read_klaro)${others}`;
    expect(await load({ dataLayer, consentTool: 'klaro' })).toBe(klaro);
    // A site that names a tool has its choices read, also if a missing choice counts as granted.
    expect(await load({ dataLayer, consentTool: 'klaro' }, 'granted')).toBe(klaro);
    expect(await load({ dataLayer, consentTool: 'klaro', consentCategory: '__CONVEY_SETTINGS__' })).toBe(
      `{consentTools:(addReaders)(readTools,((e,t)=>n=>e(n,t))(read_klaro,"${'__CONVEY_SETTINGS__'.replaceAll('_', '\\u005f')}"))${others}`,
    );
    const auto = (await load({ dataLayer, consentTool: 'auto' })) ?? '';
    expect(auto).toContain('(readTools,read_gpp,read_cookiebot,');
    expect(auto).not.toMatch(/didomi|klaro/);
  });

  test('responds 304 to a browser that has it', async () => {
    const { call } = await startCollector();
    const etag = (await call(`/p.js?k=${shop.writeKey}`)).headers.get('etag') ?? '';
    const second = await call(`/p.js?k=${shop.writeKey}`, { headers: { 'if-none-match': etag } });
    expect([second.status, await second.text(), second.headers.get('etag')]).toEqual([304, '', etag]);
  });

  test('is compressed for clients that accept it', async () => {
    const { url } = await startCollector();
    const ask = async (accepted: string) => {
      const { headers, body } = await request(`${url}/p.js?k=${shop.writeKey}`, {
        headers: { 'accept-encoding': accepted },
      });
      const bytes = Buffer.from(await body.arrayBuffer());
      const encoding = headers['content-encoding'];
      return { vary: headers.vary, encoding, text: String(encoding === 'gzip' ? gunzipSync(bytes) : bytes) };
    };
    const plain = await ask('identity');
    expect(plain).toEqual({ vary: 'accept-encoding', encoding: undefined, text: expect.stringContaining(shop.writeKey) });
    for (const accepted of ['gzip', 'gzip, deflate, br, zstd', 'br;q=1.0, gzip;q=0.8'])
      expect(await ask(accepted), accepted).toEqual({ ...plain, encoding: 'gzip' });
    for (const accepted of ['gzip;q=0', 'br', '']) expect(await ask(accepted), accepted).toEqual(plain);
  });

  test('is reported with the site of its key', async () => {
    const loaded: string[] = [];
    const { call } = await startCollector({ onPixelLoad: (site) => loaded.push(site) });
    const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
    await call('/p.js?k=wk_other', { headers });
    await call(`/p.js?k=${shop.writeKey}`, { headers });
    expect(loaded).toEqual([shop.id]);
  });

  test('is not reported as loaded by a monitor or a crawler', async () => {
    const loaded: string[] = [];
    const { call } = await startCollector({ onPixelLoad: (site) => loaded.push(site) });
    const path = `/p.js?k=${shop.writeKey}`;
    await call(path, { method: 'HEAD' });
    for (const agent of ['curl/8.5.0', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'])
      await call(path, { headers: { 'user-agent': agent } });
    expect(loaded).toEqual([]);
  });

  test('explains an unknown key', async () => {
    const { call } = await startCollector();
    expect((await call('/p.js?k=wk_other')).status).toBe(401);
    expect((await call('/p.js')).status).toBe(401);
  });

  test('is served at the configured path, and its events are posted next to it', async () => {
    const { call } = await startCollector({
      pixel: { ...builtPixel, path: '/shop/a.js' },
    });
    expect((await call(`/shop/a.js?k=${shop.writeKey}`)).status).toBe(200);
    expect((await call(`/p.js?k=${shop.writeKey}`)).status).toBe(404);
    const body = JSON.stringify({ writeKey: shop.writeKey, events: [view('a')] });
    for (const path of ['/shop/e', '/e']) expect((await call(path, { method: 'POST', body })).status).toBe(202);
  });
});

describe('the overlay', () => {
  test('is loaded by the pixel of a site only while a session of the site is open', async () => {
    let open = false;
    const { call } = await startCollector({ hasPageSession: (site) => open && site === shop.id });
    const load = async () => {
      const answer = await call(`/p.js?k=${shop.writeKey}`);
      return { etag: answer.headers.get('etag'), text: await answer.text() };
    };
    const before = await load();
    open = true;
    const during = await load();
    expect(during.text).toMatch(
      /^\(wait\)\(overlay=>window\.convey\?\.isLive\|\|start\(.*,\{captures:\[overlay\?\.showOverlay\],drivers:\[\]\},script\),script\);$/,
    );
    expect(during.etag).not.toBe(before.etag);
    open = false;
    expect(await load()).toEqual(before);
    expect(before.text).not.toContain('overlay');
  });

  test('is a script beside the pixel that any page can load', async () => {
    const { call } = await startCollector({ pixel: { ...builtPixel, path: '/shop/a.js' } });
    for (const path of ['/shop/overlay.js', '/overlay.js']) {
      const answer = await call(path);
      expect([answer.status, await answer.text()]).toEqual([200, builtPixel.overlay]);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': 'text/javascript; charset=utf-8',
        'access-control-allow-origin': '*',
        'cache-control': 'public, max-age=300',
      });
      const etag = answer.headers.get('etag') ?? '';
      expect((await call(path, { headers: { 'if-none-match': etag } })).status).toBe(304);
      expect((await call(path, { method: 'POST' })).status).toBe(405);
    }
  });
});
