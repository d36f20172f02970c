import { describe, expect, it } from 'vitest';
import type { Site } from '../../event/site.ts';
import { dayMs } from '../../event/units.ts';
import { now, shop } from '../../ingest/site.fixture.ts';
import type { PageVisit, PixelPost } from './browser-visit.ts';
import { diagnoseLive } from './diagnose-live.ts';
import type { CollectorResponses, GatewayEvidence, IdentifiedClient, LiveEvidence } from './evidence.ts';

const site: Site = { ...shop, consent: { policy: 'regional' } };
const pixelUrl = `https://data.shop.example/p.js?k=${site.writeKey}`;
const end = 'https://data.shop.example/e';
const setCookie = '_cv_id=1; Max-Age=34560000; Domain=shop.example; Path=/; HttpOnly; Secure; SameSite=Lax';
const certificate = { validTo: now + 60 * dayMs, names: 'DNS:data.shop.example', keyPin: 'k=' };
const post: PixelPost = { url: end, status: 202, eventIds: ['e-1'], namesVisitor: true };
const cookie = { name: '_cv_id', domain: '.shop.example', lifeDays: 400, httpOnly: true, secure: true, sameSite: 'Lax' };
const visit: PageVisit = {
  url: 'https://shop.example/',
  status: 200,
  pixels: [{ url: pixelUrl, status: 200 }],
  posts: [post],
  violations: [],
  cookies: [cookie],
  complaints: [],
  hosts: ['shop.example', 'data.shop.example'],
  agent: 'Mozilla/5.0 HeadlessChrome/147.0.0.0',
};
const collector: CollectorResponses = {
  url: new URL(pixelUrl),
  name: { host: 'data.shop.example', addresses: ['203.0.113.9'] },
  certificate,
  plainly: { status: 308, location: 'https://data.shop.example/p.js' },
  pixel: { status: 200, type: 'text/javascript; charset=utf-8', etag: 'W/"1"', hasKey: true, silence: 'granted', tookMs: 40 },
  event: { status: 202, setCookies: [setCookie], namesVisitor: true },
};
const seen: IdentifiedClient = { address: 'public', network: '203.0.113.0/24', country: 'US', bot: true };
const gateway: GatewayEvidence = { plain: seen, forged: seen, ownAddresses: [], arrived: 1, skips: ['bot'] };

interface Changes {
  readonly site?: Partial<Site>;
  readonly proxies?: LiveEvidence['proxies'];
  readonly page?: Partial<LiveEvidence['page']>;
  readonly visit?: Partial<PageVisit>;
  readonly collector?: Partial<CollectorResponses> | null;
  readonly gateway?: Partial<GatewayEvidence> | null;
  readonly consent?: 'granted' | 'denied';
  readonly isSandboxed?: boolean;
}

/** Returns the evidence of a correct shop with these changes. */
function observed(changes: Changes): LiveEvidence {
  const own = { ...site, ...changes.site };
  const page = { url: new URL('https://shop.example/'), name: { host: 'shop.example', addresses: ['203.0.113.5'] }, certificate };
  return {
    now,
    site: own,
    sites: [own],
    proxies: changes.proxies ?? { trustedProxies: ['10.0.0.1'], countryHeader: 'cf-ipcountry', hasCountryTables: false },
    page: { ...page, ...changes.page },
    consent: changes.consent,
    visit: { ...visit, ...changes.visit },
    isSandboxed: changes.isSandboxed ?? true,
    ...(changes.collector !== null && { collector: { ...collector, ...changes.collector } }),
    ...(changes.gateway !== null && { gateway: { ...gateway, ...changes.gateway } }),
  };
}

/** Returns `level: message` of each finding about the subject. */
function about(subject: string, changes: Changes): readonly string[] {
  return diagnoseLive(observed(changes))
    .filter((one) => one.subject === subject)
    .map(({ level, says: message }) => `${level}: ${message}`);
}

const at = (host: string, addresses: readonly string[], alias?: string) => ({
  name: { host, addresses, ...(alias !== undefined && { alias }) },
});

describe('a shop that is set up well', () => {
  it('has no problem, and a finding for each part', () => {
    const found = diagnoseLive(observed({}));
    expect(found.filter(({ level }) => level !== 'ok')).toEqual([]);
    const subjects = [
      'name',
      'safari',
      'certificate',
      'page',
      'pixel',
      'events',
      'bots',
      'cookies',
      'address',
      'country',
      'asked',
    ];
    expect(new Set(found.map(({ subject }) => subject))).toEqual(new Set(subjects));
  });
});

it('a browser without its sandbox has a warning', () => {
  expect(about('browser', { isSandboxed: false })).toEqual([
    expect.stringMatching(/^warning: Chromium ran without its sandbox, /),
  ]);
  expect(about('browser', {})).toEqual([]);
});

describe('the name finding', () => {
  it.each([
    [at('data.shop.example', []), 'problem: data.shop.example does not resolve', 'Create an A or AAAA record'],
    [at('shop.example', ['203.0.113.5']), 'ok: shop.example resolves to 203.0.113.5: the same host as the page', ''],
    [at('data.shop.example', ['203.0.113.9']), 'ok: data.shop.example resolves to 203.0.113.9: the same site', ''],
    [at('data.other.example', ['203.0.113.9']), 'another site (other.example) than the page', 'a subdomain of shop.example'],
    // Shops under a shared public suffix are different sites.
    [at('one.myshopify.com', ['203.0.113.9']), 'another site (one.myshopify.com)', 'under a path of shop.example'],
  ])('%j', (changes, message, remedy) => {
    const [found = ''] = about('name', { collector: changes });
    expect(found).toContain(message);
    expect(found).toContain(remedy);
  });

  it('warns of a name that blockers match', () => {
    const url = new URL('https://stats.shop.example/events/p.js?k=wk_1');
    expect(about('name', { collector: { url } })).toContainEqual(expect.stringMatching(/^warning: Common blockers match/));
  });
});

describe('the safari finding', () => {
  const of = (page: Partial<LiveEvidence['page']>, name: Partial<CollectorResponses>) =>
    about('safari', { page, collector: name })[0];
  const page = (addresses: readonly string[], alias?: string) => at('shop.example', addresses, alias);
  const data = (addresses: readonly string[], alias?: string) => at('data.shop.example', addresses, alias);

  it.each([
    ['one host', page(['203.0.113.5']), at('shop.example', ['203.0.113.5'])],
    ['the first 16 bits of an IPv4 address', page(['203.0.113.5']), data(['203.0.7.9'])],
    ['the first 64 bits of an IPv6 address', page(['2001:db8:1:2::1']), data(['2001:db8:1:2:ffff::1'])],
    ['an alias within the site', page(['203.0.113.5']), data(['198.51.100.1'], 'lb.shop.example')],
    ["an alias at the page's own host", page(['203.0.113.5'], 'a.cdn.example'), data(['198.51.100.1'], 'b.cdn.example')],
  ])('reports the full cookie life for %s', (_, onPage, onCollector) => {
    expect(of(onPage, onCollector)).toMatch(/^ok: Safari keeps the cookies for their full life/);
  });

  it.each([
    ['another network', page(['203.0.113.5']), data(['203.1.113.5']), 'share less than 16 bits'],
    ['another /64', page(['2001:db8:1:2::1']), data(['2001:db8:1:3::1']), 'share less than 16 bits'],
    ['no family in common', page(['203.0.113.5']), data(['2001:db8::1']), 'share less than 16 bits'],
    ['one address of two', page(['203.0.113.5']), data(['203.0.113.9', '198.51.100.1']), 'in part, so sometimes'],
    // The address does not matter then.
    [
      'an alias of another site',
      page(['203.0.113.5']),
      data(['203.0.113.9'], 'x.host.example'),
      'an alias (CNAME) of x.host.example',
    ],
  ])('reports a cookie life of 7 days for %s', (_, onPage, onCollector, message) => {
    const found = of(onPage, onCollector);
    expect(found).toMatch(/^warning: /);
    expect(found).toContain(message);
    expect(found).toContain('Safari keeps its cookies for 7 days');
    expect(found).toContain('Serve the collector under a path of shop.example');
  });

  it('is missing for third-party cookies', () => {
    expect(about('safari', { collector: at('data.other.example', ['203.0.113.9']) })).toEqual([]);
  });
});

describe('the certificate finding', () => {
  const bad = (refusal: string) => ({ certificate: { ...certificate, refusal } });
  it.each([
    [bad('ERR_TLS_CERT_ALTNAME_INVALID'), 'problem', 'for other names (DNS:data.shop.example). Get a certificate'],
    [bad('CERT_HAS_EXPIRED'), 'problem', 'expired on 2027-01-23. Renew it'],
    [bad('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'problem', 'Configure the proxy to send the full chain'],
    [bad('DEPTH_ZERO_SELF_SIGNED_CERT'), 'problem', 'Get a certificate from a public authority'],
    [{ certificate: { problem: 'ECONNREFUSED' } }, 'problem', 'TLS handshake with data.shop.example failed (ECONNREFUSED)'],
    [{ certificate: { ...certificate, validTo: now + 13.5 * dayMs } }, 'warning', '13 days from now'],
    [{ certificate: { ...certificate, validTo: now + 14 * dayMs } }, 'ok', 'trusted, valid until'],
    [{ plainly: { status: 200 } }, 'warning', 'also responds over plain http (200). Configure the proxy to redirect to https'],
    [{ plainly: { status: 301, location: 'http://www.shop.example/' } }, 'warning', 'Configure the proxy to redirect to https'],
    [{ plainly: { problem: 'ECONNREFUSED' } }, 'ok', 'trusted'],
  ] as const)('%j', (changes, level, message) => {
    const found = about('certificate', { collector: changes });
    expect(found).toContainEqual(expect.stringMatching(new RegExp(`^${level}: `)));
    expect(found.join('\n')).toContain(message);
  });

  it('is a problem for a collector over plain http', () => {
    const { certificate: _, ...rest } = collector;
    const plain = { ...observed({}), collector: { ...rest, url: new URL('http://data.shop.example/p.js?k=wk_test') } };
    const found = diagnoseLive(plain).filter(({ subject }) => subject === 'certificate');
    expect(found).toContainEqual(expect.objectContaining({ level: 'problem', says: expect.stringContaining('over plain http') }));
  });
});

describe('the findings about page, pixel and events', () => {
  const cases: readonly (readonly [string, Changes, string])[] = [
    ['page', { visit: { problem: 'net::ERR_NAME_NOT_RESOLVED' } }, 'problem: Chromium cannot open the page (net::ERR_NAME'],
    ['page', { visit: { status: 403 } }, 'problem: The page has status 403.'],
    ['page', { visit: { url: 'https://shop.example/en' } }, 'ok: Opened in Chromium; redirects to https://shop.example/en'],
    ['pixel', { collector: null, visit: { pixels: [] } }, 'problem: The page loads no script with a write key'],
    [
      'pixel',
      { visit: { pixels: [{ url: pixelUrl, failure: 'net::ERR_CONNECTION_REFUSED' }] } },
      'gets no response from data.shop.',
    ],
    ['pixel', { visit: { pixels: [{ url: pixelUrl, status: 502 }] } }, 'has status 502. Check that the gateway runs'],
    ['pixel', { visit: { pixels: [{ url: pixelUrl, status: 404 }] } }, '`collector.pixelPath`'],
    [
      'pixel',
      { site: { writeKey: 'wk_new', oldWriteKeys: ['wk_test'] } },
      'warning: The page still has an old write key. Put wk_new',
    ],
    ['pixel', { collector: { pixel: { ...collector.pixel, hasKey: false } } }, 'is not the pixel with this write key'],
    ['pixel', { collector: { pixel: { problem: 'ECONNRESET' } } }, 'warning: Chromium loads the pixel, but this machine cannot'],
    ['events', { visit: { posts: [] }, consent: 'granted' }, 'Another script may use the name `convey`'],
    [
      'events',
      { visit: { posts: [{ ...post, status: 403 }] } },
      "the page's host is not one of the site's `domains` (shop.example)",
    ],
    ['events', { visit: { posts: [{ ...post, status: 429 }] } }, 'list the proxy in `collector.trustedProxies`'],
    ['events', { visit: { posts: [{ ...post, status: 500 }] } }, 'has status 500 instead of 202'],
    ['events', { gateway: { arrived: 0 } }, 'problem: data.shop.example/e accepted the events, but the gateway of this config'],
    ['bots', { site: { bots: 'send' } }, "warning: The site's `bots` is `send`"],
    ['bots', { visit: { agent: 'Chrome/147' }, gateway: null }, 'warning: The browser does not identify as headless'],
    [
      'console',
      { visit: { complaints: ['TypeError'] } },
      "warning: The browser's console has an error about the pixel: TypeError",
    ],
  ];
  it.each(cases)('%s %j', (subject, changes, message) => {
    expect(about(subject, changes).join('\n')).toContain(message);
  });

  it('report a response without CORS headers', () => {
    const { status: _, ...unread } = post;
    const found = about('events', { visit: { posts: [{ ...unread, failure: 'net::ERR_FAILED' }] } });
    expect(found).toEqual([expect.stringContaining('keep the `Access-Control-` headers of the response')]);
  });

  it('omit events when the pixel did not load', () => {
    expect(about('events', { visit: { pixels: [{ url: pixelUrl, status: 404 }], posts: [] } })).toEqual([]);
  });
});

describe('the cookies finding', () => {
  const sent = (header: string) => ({ collector: { event: { status: 202, setCookies: [header], namesVisitor: true } } });
  it.each([
    [{ collector: { event: { status: 202, setCookies: [], namesVisitor: true } } }, 'problem: The gateway sets `_cv_id`, but no'],
    [sent(setCookie.replace(' HttpOnly;', '')), 'warning: `HttpOnly` is lost on the way'],
    [sent(setCookie.replace(' Secure;', '')), 'warning: The cookie is set without `Secure` although the page is https'],
    [sent(setCookie.replace(' Domain=shop.example;', '')), 'warning: The cookie belongs to data.shop.example only'],
    [sent(setCookie.replace(' Max-Age=34560000;', '')), 'warning: A proxy shortens its life to the session'],
    [{ visit: { cookies: [] } }, 'problem: Chromium keeps no `_cv_id`'],
    [
      { visit: { cookies: [{ ...cookie, lifeDays: -1 }] } },
      'warning: Chromium keeps `_cv_id` until the browser closes instead of 400 days',
    ],
    [{ visit: { cookies: [], posts: [] } }, 'ok: No cookie is kept before consent'],
    [{ visit: { cookies: [], posts: [] }, consent: 'denied' as const }, 'ok: No cookie is kept, because the shopper declined'],
  ])('%j', (changes, message) => {
    expect(about('cookies', changes).join('\n')).toContain(message);
  });
});

describe('the findings about address and country', () => {
  const untrusted = { trustedProxies: [], hasCountryTables: false };
  it.each([
    ['address', { gateway: null }, 'warning: The address that the gateway detects is unknown'],
    [
      'address',
      { gateway: { plain: { ...seen, address: 'private' as const } }, proxies: untrusted },
      'problem: The gateway detects a private',
    ],
    [
      'address',
      { gateway: { plain: { ...seen, address: 'private' as const } } },
      'warning: The gateway detects a private address for this',
    ],
    [
      'address',
      { gateway: { forged: { ...seen, network: '198.51.100.0/24' } } },
      'problem: The gateway trusts an `X-Forwarded-For`',
    ],
    ['address', { gateway: { ownAddresses: ['203.0.113.77'] } }, "ok: The gateway detects this machine's own"],
    [
      'address',
      { gateway: { ownAddresses: ['192.0.2.1'] } },
      'problem: The gateway detects an address of 203.0.113.0/24, which is not',
    ],
    ['address', { gateway: { ownAddresses: ['2001:db8::1'] } }, 'ok: The gateway detects an address of 203.0.113.0/24'],
    [
      'country',
      { gateway: { forged: { ...seen, country: 'AQ' } } },
      'problem: The gateway trusts a `cf-ipcountry` of the client',
    ],
  ])('%s %j', (subject, changes, message) => {
    expect(about(subject, changes).join('\n')).toContain(message);
  });

  it('warn if the collector itself has a private address', () => {
    const changes = { proxies: untrusted, collector: at('data.shop.example', ['10.1.2.3', 'fd00::1']) };
    const found = about('address', { ...changes, gateway: { plain: { address: 'private', bot: true } } });
    expect(found).toEqual([
      expect.stringMatching(/^warning: .* because the collector has a private address itself\. Check again on/),
    ]);
  });

  it('state that a request with forged headers was blocked', () => {
    const { forged: _, ...rest } = gateway;
    const found = diagnoseLive({ ...observed({}), gateway: rest }).filter(({ subject }) => /address|country/.test(subject));
    expect(found.map(({ says: message }) => message)).toEqual([
      expect.stringContaining('203.0.113.0/24; a request with a forged one is blocked'),
      expect.stringContaining('US for this machine; a request with a forged one is blocked'),
    ]);
  });

  it('report that another gateway responds when the test event is missing', () => {
    const { plain: _, ...rest } = gateway;
    const found = diagnoseLive({ ...observed({}), gateway: rest }).filter(({ subject }) => subject === 'address');
    expect(found).toEqual([
      expect.objectContaining({ level: 'problem', says: expect.stringContaining('another gateway responds') }),
    ]);
  });

  const { country: _, ...nowhere } = seen;
  it.each([
    ['regional', ['10.0.0.1'], 'problem: `cf-ipcountry` is missing or has no country, so unknown consent counts as denied'],
    ['granted', ['10.0.0.1'], 'warning: `cf-ipcountry` is missing or has no country. Configure the proxy to set it'],
    ['regional', [], 'warning: The gateway cannot detect the country, so unknown consent counts as denied'],
    ['strict', [], 'ok: The gateway cannot detect the country, which the policy `strict` does not need'],
  ] as const)('report the country under the policy %s with the proxies %j', (policy, trustedProxies, message) => {
    const changes = {
      site: { consent: { policy } },
      proxies: { trustedProxies, countryHeader: 'cf-ipcountry', hasCountryTables: false },
      gateway: { plain: nowhere, forged: nowhere },
    };
    expect(about('country', changes)).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    ['regional', 'warning: Neither a header nor the country tables have a country for this machine, so unknown consent'],
    ['strict', 'ok: Neither a header nor the country tables have a country for this machine. This is correct if'],
  ] as const)('report a country that the tables do not have under the policy %s', (policy, message) => {
    const changes = {
      site: { consent: { policy } },
      proxies: { trustedProxies: [], hasCountryTables: true },
      gateway: { plain: nowhere, forged: nowhere },
    };
    expect(about('country', changes)).toEqual([expect.stringContaining(message)]);
  });
});
