import { describe, expect, it } from 'vitest';
import { formatSnippet } from './consent-tools.ts';
import { analyzePage } from './page-report.ts';
import { extractScripts } from './page-scripts.ts';

const address = 'https://data.shop.example/p.js?k=wk_shop_example';
const uetTag = (options: string) =>
  `<script>(function(w,d,t,r,u){var f=function(){var o={${options}};w[u]=new UET(o)}})(window,document,"script","//bat.bing.com/bat.js","uetq");</script>`;

describe("a page's scripts", () => {
  it('are found in their order, with their content', () => {
    const html =
      '<!DOCTYPE html><HEAD><SCRIPT async SRC="/a.js?x=1&amp;y=2"></SCRIPT><p title="a > b">1 < 2</p><script type=module>b()</script>';
    expect(extractScripts(html)).toEqual([
      { src: '/a.js?x=1&y=2', text: '', isHeldBack: false },
      { src: '', text: 'b()', isHeldBack: false },
    ]);
  });

  it('are found after a stray quote', () => {
    const html = `<a href="/x" ">x</a><p title = 'a > b'></p><script>a()</script>`;
    expect(extractScripts(html).map(({ text }) => text)).toEqual(['a()']);
  });

  it('exclude comments, elements that run no scripts, and data', () => {
    const html = `<!-- <script>a()</script> --><noscript><script>b()</script></noscript><textarea><script>c()</script></textarea>
      <script type="application/ld+json">{}</script><script>d()</script>`;
    expect(extractScripts(html).map(({ text }) => text)).toEqual(['d()']);
  });

  it('are blocked when browsers do not run their type', () => {
    const types = ['text/plain', 'text/javascript; charset=utf-8', 'a1b2-text/javascript', ''];
    const html = types.map((type) => `<script type="${type}">a()</script>`).join('');
    expect(extractScripts(html).map(({ isHeldBack }) => isHeldBack)).toEqual([true, false, false, false]);
  });

  it.each([
    '<script',
    '<script ',
    '<script>',
    '<script src="',
    "<script src='a' ",
    '<!--',
    '<!-- -->',
    '<',
    '<a b="',
    '<title>',
    'ti:',
    '?k=wk_',
    'gtag(        ',
    ".push('consent'    ",
    'https://',
    '<script>//bat.bing.com/bat.js ti     ',
    'app.usercentrics.',
    'new UET',
    'new     ',
    '/bat.js',
  ])('are found in one pass, even in 2 MiB of %j', (part) => {
    const html = part.repeat(Math.ceil((2 * 1024 * 1024) / part.length));
    for (const page of [html, `<script>${html}`, `<script src="${html}">`]) expect(analyzePage(page).callsConsent).toBe(false);
  });
});

describe('analyzePage', () => {
  it("finds Convey's snippet with its key and URL", () => {
    const found = { writeKey: 'wk_shop_example', before: 'https://data.shop.example/p.js?k=', isHeldBack: false };
    expect(analyzePage(formatSnippet(address)).pixels).toEqual([found]);
    expect(analyzePage(`<script async src="${address}"></script>`).pixels).toEqual([found]);
  });

  it('ignores a snippet in a comment, and marks one that a consent tool blocks', () => {
    expect(analyzePage(`<!-- ${formatSnippet(address)} -->`).pixels).toEqual([]);
    const blockedTag = formatSnippet(address).replace('<script>', '<script type="text/plain" data-cookieconsent="marketing">');
    expect(analyzePage(blockedTag).pixels).toMatchObject([{ isHeldBack: true }]);
  });

  it('finds the UET tag with its id', () => {
    expect(analyzePage(uetTag('ti:"187012345",enableAutoSpaTracking:true'))).toMatchObject({
      tags: { microsoft: { ids: ['187012345'] } },
    });
    expect(analyzePage(uetTag("'ti' : '42'"))).toMatchObject({ tags: { microsoft: { ids: ['42'] } } });
    expect(analyzePage('<p>//bat.bing.com/bat.js ti:"1"</p>').tags).toEqual({});
  });

  it.each([
    ['a script of another host', '<script src="http://127.0.0.1:9090/bat.js"></script>', []],
    ['a script beside the page', '<script src="bat.js?v=2" async></script>', []],
    ['a snippet that loads it from elsewhere', uetTag('ti:"187012345"').replace('bat.bing.com', 'shop.example/t'), ['187012345']],
    [
      'a script with the start in one of its own',
      "<script src='http://127.0.0.1:9090/bat.js'></script><script>window.uetq = new UET({ ti: '187012345', q: window.uetq })</script>",
      ['187012345'],
    ],
    ['a start alone', "<script>window.uetq = new window.UET({ ti: '42' })</script>", ['42']],
  ])('finds the UET tag as %s', (_, html, ids) => {
    expect(analyzePage(html)).toMatchObject({ tags: { microsoft: { ids } } });
  });

  it('ignores scripts with a name similar to the UET tag', () => {
    for (const html of ['<script src="/combat.js">', '<script src="/bat.js.map">', '<script>a("/bat.json")</script>'])
      expect(analyzePage(html).tags).toEqual({});
  });

  it('reports whether the tag starts without a consent default', () => {
    const tag = uetTag('ti:"187012345"');
    const untold = (html: string) => analyzePage(html).tags.microsoft?.isUntold ?? false;
    const buildConsentCall = (words: string) => `window.uetq = window.uetq || []; window.uetq.push(${words});`;
    const denied = buildConsentCall("'consent', 'default', { ad_storage: 'denied' }");
    expect([tag, `${tag}<script>${denied}</script>`].map(untold)).toEqual([true, true]);
    const inOne = tag.replace('<script>', `<script>${denied}`);
    const byFramework = buildConsentCall("'config', 'tcf', { enabled: true }");
    expect([`<script>${denied}</script>${tag}`, inOne, `<script>${byFramework}</script>${tag}`].map(untold)).toEqual([
      false,
      false,
      false,
    ]);
    const blockedTag = tag.replace('<script>', '<script type="text/plain">');
    expect([blockedTag, '<p>No tag</p>'].map(untold)).toEqual([false, false]);
  });

  it.each([
    ['shopify', '<script>Shopify.shop = "shop.example";</script>'],
    ['shopify', "<script>Shopify.loadFeatures([{ name: 'consent-tracking-api', version: '0.1' }])</script>"],
    ['uet', "<script>window.uetq.push('consent', 'default', { ad_storage: 'denied' });</script>"],
    ['gcm', '<script>gtag("consent", "default", { ad_storage: "denied" });</script>'],
    ['tcf', '<script>window.__tcfapi = function () {};</script>'],
  ])('finds the consent tool that the pixel reads as %s', (source, html) => {
    expect(analyzePage(html).tools.map((tool) => tool.source)).toEqual([source]);
  });

  it.each([
    ['Cookiebot', '<script id="Cookiebot" src="https://consent.cookiebot.com/uc.js" data-cbid="0"></script>'],
    ['OneTrust', '<script src="https://cdn.cookielaw.org/scripttemplates/otSDKStub.js"></script>'],
    ['OneTrust', '<script src="https://cdn-ukwest.onetrust.com/scripttemplates/otSDKStub.js"></script>'],
    ['Usercentrics 2', '<script src="https://app.usercentrics.eu/browser-ui/latest/loader.js"></script>'],
    ['Usercentrics', '<script src="https://web.cmp.usercentrics.eu/ui/loader.js"></script>'],
    ['CookieYes', '<script src="https://cdn-cookieyes.com/client_data/0/script.js"></script>'],
    ['Complianz', '<script src="/wp-content/plugins/complianz-gdpr/cookiebanner/js/complianz.min.js"></script>'],
    ['iubenda', '<script src="//cdn.iubenda.com/cs/iubenda_cs.js" async></script>'],
    ['Didomi', '<script src="https://sdk.privacy-center.org/loader.js"></script>'],
    ['Klaro', '<script defer src="/js/klaro.js"></script>'],
    ['Osano', '<script src="https://cmp.osano.com/1/2/osano.js"></script>'],
    ['CookieFirst', '<script src="https://consent.cookiefirst.com/sites/shop.example-1/consent.js"></script>'],
    ['CookieScript', '<script src="//cdn.cookie-script.com/s/1.js"></script>'],
    ['CookieConsent by Orest Bida', '<script src="/vendor/cookieconsent.umd.js"></script>'],
    ['WP Consent API', '<script src="/wp-content/plugins/wp-consent-api/assets/js/wp-consent-api.min.js"></script>'],
    ['IAB GPP', '<script>window.__gpp = function () {};</script>'],
    ['TrustArc', '<script src="https://consent.trustarc.com/notice?domain=shop.example"></script>'],
    ['consentmanager', '<script src="https://cdn.consentmanager.net/delivery/autoblocking/1.js"></script>'],
    ['Axeptio', '<script>window.axeptioSettings = { clientId: "1" };</script>'],
    ['Termly', '<script src="https://app.termly.io/resource-blocker/1"></script>'],
    ['Borlabs Cookie', '<script src="/wp-content/plugins/borlabs-cookie/assets/javascript/borlabs-cookie.min.js"></script>'],
  ])('finds the consent platform %s by its script', (name, html) => {
    expect(analyzePage(html).platforms).toEqual([name]);
  });

  it('reports a call of the page and a tag manager', () => {
    const manager = '<script async src="https://www.googletagmanager.com/gtm.js?id=GTM-1"></script>';
    expect(analyzePage(`${manager}<script>convey( 'consent', { adStorage: 'granted' })</script>`)).toMatchObject({
      callsConsent: true,
      hasTagManager: true,
    });
    expect(analyzePage(formatSnippet(address))).toMatchObject({
      callsConsent: false,
      hasTagManager: false,
      tools: [],
      platforms: [],
    });
  });
});
