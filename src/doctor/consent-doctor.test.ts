import { describe, expect, it } from 'vitest';
import type { ConsentSource } from '../event/consent.ts';
import type { Connection, Site } from '../event/site.ts';
import { shop } from '../ingest/site.fixture.ts';
import { type ConsentEvidence, diagnoseConsent } from './consent-doctor.ts';
import type { ConsentReport } from './consent-report.ts';
import { customBannerSnippet, platforms, snippetFor, supportedConsentTools, tagDefaultFor } from './consent-tools.ts';
import type { PageReport } from './page-report.ts';

const connection = (settings: Connection['settings']): Connection => ({
  id: 'bing',
  destination: 'microsoft',
  enabled: true,
  settings: { tagId: '187012345', pageLoads: 'auto', events: 'all', ...settings },
});
const site: Site = { ...shop, consent: { policy: 'regional' }, connections: [connection({})] };
const page: PageReport = {
  pixels: [{ writeKey: site.writeKey, before: 'https://data.shop.example/p.js?k=', isHeldBack: false }],
  callsConsent: false,
  tools: [],
  platforms: [],
  hasUetTag: false,
  uetTagIds: [],
  isTagUntold: false,
  hasTagManager: false,
};
const told: ConsentReport = {
  events: 10,
  stated: { granted: 7, denied: 2, unknown: 1 },
  silentlyDenied: 1,
  isTold: true,
  viewsOfTag: 0,
  sources: [],
  connections: [],
};
const silent: ConsentReport = { ...told, stated: { granted: 0, denied: 0, unknown: 10 }, silentlyDenied: 10, isTold: false };
const none: ConsentReport = { ...silent, events: 0, stated: { granted: 0, denied: 0, unknown: 0 }, silentlyDenied: 0 };

function about(subject: string, symptoms: Partial<ConsentEvidence>) {
  const given: ConsentEvidence = { site, sites: [site], pixelPath: '/p.js', knowsCountry: true, page, report: told, ...symptoms };
  return diagnoseConsent(given).filter((one) => one.subject === subject);
}

const tool = (source: ConsentSource) => supportedConsentTools.filter((one) => one.source === source);

describe('of the snippet the doctor says', () => {
  it('nothing more than that it is right', () => {
    expect(about('snippet', {})).toEqual([{ level: 'ok', subject: 'snippet', says: expect.stringContaining('write key') }]);
  });

  it('that it is missing, with the one to paste, where no event comes', () => {
    const lines = snippetFor(`https://data.shop.example/m/v.js?k=${site.writeKey}`);
    const symptoms = { page: { ...page, pixels: [] }, report: none, pixelPath: '/m/v.js' };
    expect(about('snippet', symptoms)).toMatchObject([{ level: 'problem', paste: { lines } }]);
  });

  it('that a tag manager may bring it, where events do come', () => {
    const advice = about('snippet', { page: { ...page, pixels: [], hasTagManager: true } });
    expect(advice).toMatchObject([{ level: 'warning', says: expect.stringContaining('tag manager') }]);
    expect(advice[0]).not.toHaveProperty('paste');
  });

  it('whose key it has instead, with the right one at the same address', () => {
    const other = { ...site, id: 'other', writeKey: 'wk_other' };
    const pixels = [{ writeKey: 'wk_other', before: 'https://t.shop.example/p.js?k=', isHeldBack: false }];
    expect(about('snippet', { sites: [site, other], page: { ...page, pixels } })).toMatchObject([
      {
        level: 'problem',
        says: expect.stringContaining('the write key of the site other'),
        paste: { lines: snippetFor(`https://t.shop.example/p.js?k=${site.writeKey}`) },
      },
    ]);
    expect(about('snippet', { page: { ...page, pixels } })[0]?.says).toContain('a write key of no site');
  });

  it('that a consent tool holds it back', () => {
    const pixels = page.pixels.map((one) => ({ ...one, isHeldBack: true }));
    expect(about('snippet', { page: { ...page, pixels } })).toMatchObject([{ level: 'warning', says: /holds the snippet back/ }]);
  });
});

describe('of the UET tag the doctor says', () => {
  const withTag = { ...page, hasUetTag: true, uetTagIds: ['187012345'] };
  const inMode = (mode: 'attach' | 'load', tagId = '187012345'): Site => ({ ...site, uet: { ...site.uet, mode, tagId } });

  it('that page views are counted twice where the site does not say that it runs', () => {
    expect(about('uet', { page: withTag })).toMatchObject([
      {
        level: 'warning',
        says: expect.stringContaining('counted twice'),
        paste: { lines: '"uet": { "mode": "attach", "tagId": "187012345" }' },
      },
    ]);
  });

  it.each([
    ['the connection sends no page views', { pageLoads: 'never' }],
    ['the connection does not list them', { events: ['Purchase', 'Lead'] }],
    ['the connection is of another tag', { tagId: '42' }],
  ])('that all is well where %s', (_, settings) => {
    const advice = about('uet', { page: withTag, site: { ...site, connections: [connection(settings)] } });
    expect(advice).toMatchObject([{ level: 'ok' }]);
  });

  it('that a tag manager may bring the tag that the site attaches to', () => {
    expect(about('uet', { site: inMode('attach') })).toMatchObject([{ level: 'warning', says: /tag manager may bring it/ }]);
    const managed = { ...page, hasTagManager: true };
    expect(about('uet', { site: inMode('attach'), page: managed })).toMatchObject([{ level: 'ok' }]);
  });

  it('that page and site name different tags', () => {
    expect(about('uet', { site: inMode('attach', '42'), page: withTag })).toMatchObject([
      { level: 'warning', says: /names another/ },
    ]);
    expect(about('uet', { site: inMode('attach'), page: withTag })).toMatchObject([{ level: 'ok' }]);
    expect(about('uet', { site: inMode('load'), page: withTag })).toMatchObject([{ level: 'warning', says: /two tags.*attach/ }]);
  });

  it('that it ran where page views say so, whatever the text of the page shows', () => {
    const advice = about('uet', { site: inMode('attach'), report: { ...told, viewsOfTag: 3 } });
    expect(advice).toMatchObject([{ level: 'ok', says: expect.stringContaining('3 page views of browsers say that it ran') }]);
  });

  it('that it may report before the choice where nothing tells it otherwise, with the lines that do', () => {
    const untold = { ...withTag, isTagUntold: true };
    const attached = inMode('attach');
    const queue = { ...attached, uet: { ...attached.uet, queue: 'shopq' } };
    expect(about('uet', { site: queue, page: untold })).toMatchObject([
      { level: 'ok' },
      { level: 'warning', says: /may report before the shopper chose/, paste: { lines: tagDefaultFor('shopq') } },
    ]);
    const asking: Site = { ...attached, consent: { policy: 'granted' } };
    for (const site of [asking, inMode('load')]) expect(about('uet', { site, page: untold })).toHaveLength(1);
  });

  it('nothing where there is none', () => {
    expect(about('uet', {})).toEqual([]);
  });
});

describe('of consent the doctor says', () => {
  it('that nothing is to be pasted where choices are told', () => {
    expect(about('consent', {})).toEqual([
      { level: 'ok', subject: 'consent', says: expect.stringContaining('Nothing is to be pasted') },
    ]);
  });

  it('that a tool does not tell on every page, where most events are silent', () => {
    const report = { ...told, stated: { granted: 2, denied: 0, unknown: 8 }, silentlyDenied: 8 };
    expect(about('consent', { report })).toMatchObject([{ level: 'warning', says: expect.stringContaining('80 %') }]);
  });

  it('that more than a tenth of the events are silent, and no longer that all is well', () => {
    const silentIn = (count: number) => ({ ...told, events: 100, silentlyDenied: count });
    expect(about('consent', { report: silentIn(11) })).toMatchObject([{ level: 'warning', says: /11 % of the events say none/ }]);
    expect(about('consent', { report: silentIn(10) })).toMatchObject([{ level: 'ok' }]);
  });

  it('that the consent platform of the page does not tell, with its lines, although other pages tell', () => {
    const [cookiebot] = platforms;
    const withPlatform = { ...page, platforms: ['Cookiebot'] };
    const few = { ...told, events: 100, stated: { granted: 60, denied: 39, unknown: 1 } };
    for (const report of [few, { ...few, silentlyDenied: 0 }, { ...told, events: 9, silentlyDenied: 3 }]) {
      const advice = about('consent', { report, page: withPlatform });
      expect(advice).toMatchObject([{ level: 'warning', says: /Cookiebot is on the page/, paste: { lines: cookiebot?.lines } }]);
      expect(advice[0]?.says).toContain('unless a script file or a tag manager does');
    }
    for (const shown of [
      { ...withPlatform, callsConsent: true },
      { ...withPlatform, tools: tool('gcm') },
    ])
      expect(about('consent', { report: few, page: shown })).toMatchObject([{ level: 'ok' }]);
    const all = { ...few, stated: { granted: 60, denied: 40, unknown: 0 }, silentlyDenied: 0 };
    expect(about('consent', { report: all, page: withPlatform })).toMatchObject([{ level: 'ok', says: /every event tells one/ }]);
  });

  it('that events may be older than what the page has now, and to accept the banner and check again', () => {
    const report = { ...silent, received: { from: Date.UTC(2026, 10, 24, 9), to: Date.UTC(2026, 10, 24, 10) } };
    for (const now of [
      { ...page, callsConsent: true },
      { ...page, tools: tool('gcm') },
    ]) {
      const [advice] = about('consent', { report, page: now });
      expect(advice?.says).toContain('These events are from before 2026-11-24 10:00:00 UTC');
      expect(advice?.says).toContain('accept the banner and check again');
      expect(about('consent', { report: none, page: now })[0]?.says).not.toContain('from before');
    }
    expect(about('consent', { report })[0]?.says).not.toContain('from before');
  });

  it.each(platforms.flatMap(({ name, lines }) => (lines === undefined ? [] : [[name, lines] as const])))(
    'the lines for %s where nobody tells, also beside a tool that the pixel reads',
    (name, lines) => {
      const symptoms = { report: silent, page: { ...page, platforms: [name], tools: tool('gcm') } };
      expect(about('consent', symptoms)).toMatchObject([
        { level: 'problem', says: expect.stringContaining(name), paste: { lines } },
      ]);
    },
  );

  it.each(supportedConsentTools.map(({ source, look }) => [source, look] as const))(
    'what to look at where the pixel reads %s by itself, and nothing to paste',
    (source, look) => {
      const [advice, ...more] = about('consent', { report: silent, page: { ...page, tools: tool(source) } });
      expect(more).toEqual([]);
      expect(advice).toMatchObject({ level: 'problem', says: expect.stringContaining(look) });
      expect(advice).not.toHaveProperty('paste');
    },
  );

  it.each([[[]], [['Didomi']]])('the calls for the banner where the page has no more than %j', (names) => {
    const symptoms = { report: silent, page: { ...page, platforms: names } };
    expect(about('consent', symptoms)).toMatchObject([{ level: 'problem', paste: { lines: customBannerSnippet } }]);
  });

  it('that the call on the page is not reached', () => {
    const [advice] = about('consent', { report: silent, page: { ...page, callsConsent: true } });
    expect(advice).toMatchObject({ level: 'problem', says: expect.stringContaining('see that the call is reached') });
    expect(advice).not.toHaveProperty('paste');
  });

  it('no more than a warning where no event came, or where silence counts as granted', () => {
    expect(about('consent', { report: none })).toMatchObject([{ level: 'warning', says: /No event of a browser came/ }]);
    const elsewhere = { ...silent, silentlyDenied: 0 };
    expect(about('consent', { report: elsewhere })).toMatchObject([{ level: 'warning', says: /Silence counts as granted/ }]);
  });

  it('that nothing is to be mended where browsers denied by Global Privacy Control, and of events that never came nothing', () => {
    const byBrowser = { ...silent, stated: { granted: 0, denied: 10, unknown: 0 }, silentlyDenied: 0 };
    expect(about('consent', { report: byBrowser })).toMatchObject([{ level: 'ok', says: /Global Privacy Control/ }]);
    const withGoogle = { ...page, tools: tool('gcm') };
    expect(about('consent', { report: silent, page: withGoogle })[0]?.says).toContain('These events came before');
    expect(about('consent', { report: none, page: withGoogle })[0]?.says).not.toContain('These events');
  });

  it('that the shop asks before it calls, where the policy says so', () => {
    const asking: Site = { ...site, consent: { policy: 'granted' } };
    expect(about('consent', { site: asking, report: { ...silent, silentlyDenied: 0 } })).toMatchObject([{ level: 'ok' }]);
    // Its pixel reads no tool, so only a call helps.
    const symptoms = { site: asking, report: silent, page: { ...page, tools: tool('gcm') } };
    expect(about('consent', symptoms)).toMatchObject([{ level: 'problem', paste: { lines: customBannerSnippet } }]);
  });

  it('that no country is known, where silence therefore counts as denied for everyone', () => {
    const advice = about('consent', { report: silent, knowsCountry: false });
    expect(advice).toContainEqual({ level: 'warning', subject: 'consent', says: expect.stringContaining('countryHeader') });
  });

  it('that only refusals are told', () => {
    const report = { ...told, stated: { granted: 0, denied: 10, unknown: 0 }, silentlyDenied: 0 };
    expect(about('consent', { report })).toContainEqual(
      expect.objectContaining({ level: 'warning', says: expect.stringContaining('No shopper') }),
    );
  });

  it('that silence is a problem also where the page cannot be read', () => {
    const { page: _page, ...unread }: ConsentEvidence = {
      site,
      sites: [site],
      pixelPath: '/p.js',
      knowsCountry: true,
      page,
      report: silent,
    };
    expect(diagnoseConsent(unread)).toMatchObject([{ level: 'problem', subject: 'consent' }]);
  });
});
