import { describe, expect, it } from 'vitest';
import { listLongSentences } from '../../scripts/prose.ts';
import { formatConsentDefault } from '../destinations/microsoft/page-tag.ts';
import { defaultCapture } from '../event/capture-settings.ts';
import type { ConsentSource } from '../event/consent.ts';
import type { Connection, Site } from '../event/site.ts';
import { shop } from '../ingest/site.fixture.ts';
import { type ConsentEvidence, diagnoseConsent } from './consent-doctor.ts';
import type { ConsentReport } from './consent-report.ts';
import {
  consentPlatforms,
  customBannerSnippet,
  formatSnippet,
  formatToolSetting,
  supportedConsentTools,
} from './consent-tools.ts';
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
  tags: {},
  hasTagManager: false,
};
const consentReport: ConsentReport = {
  events: 10,
  stated: { granted: 7, denied: 2, unknown: 1 },
  silentlyDenied: 1,
  isTold: true,
  viewsOfTags: {},
  sources: [],
  connections: [],
};
const silent: ConsentReport = {
  ...consentReport,
  stated: { granted: 0, denied: 0, unknown: 10 },
  silentlyDenied: 10,
  isTold: false,
};
const withoutEvents: ConsentReport = { ...silent, events: 0, stated: { granted: 0, denied: 0, unknown: 0 }, silentlyDenied: 0 };

function about(subject: string, symptoms: Partial<ConsentEvidence>) {
  const evidence: ConsentEvidence = {
    site,
    sites: [site],
    pixelPath: '/p.js',
    knowsCountry: true,
    page,
    report: consentReport,
    ...symptoms,
  };
  const advice = diagnoseConsent(evidence);
  // A joined text passes no check of the sources.
  for (const { says } of advice) expect(listLongSentences([{ file: subject, text: says }]), says).toEqual([]);
  return advice.filter((one) => one.subject === subject);
}

const tool = (source: ConsentSource) => supportedConsentTools.filter((one) => one.source === source);

it("judges the gateway's address in the page's snippet", () => {
  const at = (before: string) =>
    about('address', { page: { ...page, pixels: [{ writeKey: site.writeKey, before, isHeldBack: false }] } }).map(
      ({ says }) => says,
    );
  expect([at('https://data.shop.example/p.js?k='), at('//data.shop.example/p.js?k='), at('')]).toEqual([[], [], []]);
  expect(at('//convey.other.example/p.js?k=')).toEqual([expect.stringContaining('another site (other.example)')]);
  expect(at('https://stats.shop.example/events/p.js?k=')).toEqual([expect.stringContaining('Common blockers match')]);
});

describe('the snippet advice', () => {
  it('is ok for the right snippet', () => {
    expect(about('snippet', {})).toEqual([{ level: 'ok', subject: 'snippet', says: expect.stringContaining('write key') }]);
  });

  it('is a problem with lines to paste if no event arrives', () => {
    const lines = formatSnippet(`https://data.shop.example/m/v.js?k=${site.writeKey}`);
    const symptoms = { page: { ...page, pixels: [] }, report: withoutEvents, pixelPath: '/m/v.js' };
    expect(about('snippet', symptoms)).toMatchObject([{ level: 'problem', paste: { lines } }]);
  });

  it('warns that a tag manager may load the snippet if events arrive', () => {
    const advice = about('snippet', { page: { ...page, pixels: [], hasTagManager: true } });
    expect(advice).toMatchObject([{ level: 'warning', says: expect.stringContaining('tag manager') }]);
    expect(advice[0]).not.toHaveProperty('paste');
  });

  it('names the site of a wrong key, with the right key at the same URL', () => {
    const other = { ...site, id: 'other', writeKey: 'wk_other' };
    const pixels = [{ writeKey: 'wk_other', before: 'https://t.shop.example/p.js?k=', isHeldBack: false }];
    expect(about('snippet', { sites: [site, other], page: { ...page, pixels } })).toMatchObject([
      {
        level: 'problem',
        says: expect.stringContaining('the write key of the site other'),
        paste: { lines: formatSnippet(`https://t.shop.example/p.js?k=${site.writeKey}`) },
      },
    ]);
    expect(about('snippet', { page: { ...page, pixels } })[0]?.says).toContain('an unknown write key');
  });

  it('warns of a consent tool that blocks the snippet', () => {
    const pixels = page.pixels.map((one) => ({ ...one, isHeldBack: true }));
    expect(about('snippet', { page: { ...page, pixels } })).toMatchObject([
      { level: 'warning', says: expect.stringMatching(/blocks the snippet/) },
    ]);
  });
});

describe('the UET advice', () => {
  const withTag = { ...page, tags: { microsoft: { ids: ['187012345'], isUntold: false } } };
  const inMode = (mode: 'attach' | 'load', tagId = '187012345'): Site => ({ ...site, tags: { microsoft: { mode, tagId } } });

  it('warns of page views that are counted twice when the mode is off', () => {
    expect(about('UET tag', { page: withTag })).toMatchObject([
      {
        level: 'warning',
        says: expect.stringContaining('counted twice'),
        paste: { lines: '"tags": { "microsoft": { "mode": "attach", "tagId": "187012345" } }' },
      },
    ]);
  });

  it.each([
    ['the connection sends no page views', { pageLoads: 'never' }],
    ['the connection does not list them', { events: ['Purchase', 'Lead'] }],
    ['the connection is of another tag', { tagId: '42' }],
  ])('is ok when %s', (_, settings) => {
    const advice = about('UET tag', { page: withTag, site: { ...site, connections: [connection(settings)] } });
    expect(advice).toMatchObject([{ level: 'ok' }]);
  });

  it('warns that a tag manager may have to load the attached tag', () => {
    expect(about('UET tag', { site: inMode('attach') })).toMatchObject([
      { level: 'warning', says: expect.stringMatching(/no tag manager loads it/) },
    ]);
    const managed = { ...page, hasTagManager: true };
    expect(about('UET tag', { site: inMode('attach'), page: managed })).toMatchObject([{ level: 'ok' }]);
  });

  it('warns of different tags on page and site', () => {
    expect(about('UET tag', { site: inMode('attach', '42'), page: withTag })).toMatchObject([
      { level: 'warning', says: expect.stringMatching(/is the id of another tag/) },
    ]);
    expect(about('UET tag', { site: inMode('attach'), page: withTag })).toMatchObject([{ level: 'ok' }]);
    expect(about('UET tag', { site: inMode('load'), page: withTag })).toMatchObject([
      { level: 'warning', says: expect.stringMatching(/two tags.*attach/) },
    ]);
  });

  it('is ok when page views report that the tag ran', () => {
    const advice = about('UET tag', { site: inMode('attach'), report: { ...consentReport, viewsOfTags: { microsoft: 3 } } });
    expect(advice).toMatchObject([{ level: 'ok', says: expect.stringContaining('3 page views report that it ran') }]);
  });

  it('warns of a tag without a consent default, with the lines to set it', () => {
    const untold = { ...page, tags: { microsoft: { ids: ['187012345'], isUntold: true } } };
    const attached = inMode('attach');
    const queue: Site = { ...attached, tags: { microsoft: { mode: 'attach', tagId: '187012345', queue: 'shopq' } } };
    expect(about('UET tag', { site: queue, page: untold })).toMatchObject([
      { level: 'ok' },
      {
        level: 'warning',
        says: expect.stringMatching(/may report before the shopper chooses/),
        paste: { lines: formatConsentDefault('shopq') },
      },
    ]);
    const asking: Site = { ...attached, consent: { policy: 'granted' } };
    for (const site of [asking, inMode('load')]) expect(about('UET tag', { site, page: untold })).toHaveLength(1);
  });

  it('is missing when there is no tag', () => {
    expect(about('UET tag', {})).toEqual([]);
  });
});

describe('the consent advice', () => {
  it('is ok without lines to paste when events have choices', () => {
    expect(about('consent', {})).toEqual([
      { level: 'ok', subject: 'consent', says: expect.stringContaining('No action is needed') },
    ]);
  });

  it('warns that a tool does not report on every page when most events have no choice', () => {
    const report = { ...consentReport, stated: { granted: 2, denied: 0, unknown: 8 }, silentlyDenied: 8 };
    expect(about('consent', { report })).toMatchObject([{ level: 'warning', says: expect.stringContaining('80%') }]);
  });

  it('warns when more than 10% of the events have no choice', () => {
    const buildSilentReport = (count: number) => ({ ...consentReport, events: 100, silentlyDenied: count });
    expect(about('consent', { report: buildSilentReport(11) })).toMatchObject([
      { level: 'warning', says: expect.stringMatching(/11% of the events have no choice/) },
    ]);
    expect(about('consent', { report: buildSilentReport(10) })).toMatchObject([{ level: 'ok' }]);
  });

  it('warns of a consent platform that reports nothing on this page, with its setting', () => {
    const withPlatform = { ...page, platforms: ['Cookiebot'] };
    const few = { ...consentReport, events: 100, stated: { granted: 60, denied: 39, unknown: 1 } };
    for (const report of [few, { ...few, silentlyDenied: 0 }, { ...consentReport, events: 9, silentlyDenied: 3 }]) {
      const advice = about('consent', { report, page: withPlatform });
      expect(advice).toMatchObject([
        {
          level: 'warning',
          says: expect.stringMatching(/Cookiebot is on the page/),
          paste: { lines: formatToolSetting('cookiebot') },
        },
      ]);
      expect(advice[0]?.says).toContain('A script file or a tag manager may already do so');
    }
    const capture = { ...defaultCapture, consentTool: 'cookiebot' } as const;
    expect(about('consent', { report: few, page: withPlatform, site: { ...site, capture } })).toMatchObject([{ level: 'ok' }]);
    for (const shown of [
      { ...withPlatform, callsConsent: true },
      { ...withPlatform, tools: tool('gcm') },
    ])
      expect(about('consent', { report: few, page: shown })).toMatchObject([{ level: 'ok' }]);
    const all = { ...few, stated: { granted: 60, denied: 40, unknown: 0 }, silentlyDenied: 0 };
    expect(about('consent', { report: all, page: withPlatform })).toMatchObject([
      { level: 'ok', says: expect.stringMatching(/Every event has the shopper's choice/) },
    ]);
  });

  it('mentions that events may be older than the page, and to check again', () => {
    const report = { ...silent, received: { from: Date.UTC(2026, 10, 24, 9), to: Date.UTC(2026, 10, 24, 10) } };
    for (const now of [
      { ...page, callsConsent: true },
      { ...page, tools: tool('gcm') },
    ]) {
      const [advice] = about('consent', { report, page: now });
      expect(advice?.says).toContain('These events are from before 2026-11-24 10:00:00 UTC');
      expect(advice?.says).toContain('accept the banner and check again');
      expect(about('consent', { report: withoutEvents, page: now })[0]?.says).not.toContain('from before');
    }
    expect(about('consent', { report })[0]?.says).not.toContain('from before');
  });

  it.each(consentPlatforms.flatMap(({ name, tool }) => (tool === undefined ? [] : [[name, tool] as const])))(
    'proposes the setting for %s when no event has a choice, even with a tool that the pixel reads, and not once it is set',
    (name, consentTool) => {
      const symptoms = { report: silent, page: { ...page, platforms: [name], tools: tool('gcm') } };
      expect(about('consent', symptoms)).toMatchObject([
        { level: 'problem', says: expect.stringContaining(name), paste: { lines: formatToolSetting(consentTool) } },
      ]);
      const set = { ...symptoms, site: { ...site, capture: { ...defaultCapture, consentTool } } };
      const [advice] = about('consent', set);
      expect(advice?.says).toContain(`The pixel reads ${name} and Google Consent Mode itself`);
      expect(advice).not.toHaveProperty('paste');
      expect(about('consent tools', set)).toMatchObject([{ level: 'ok' }]);
    },
  );

  it('warns that the settings name another tool than that of the page', () => {
    const platforms = { page: { ...page, platforms: ['Didomi'] } };
    for (const consentTool of ['auto', 'cookiebot'] as const)
      expect(
        about('consent tools', { ...platforms, site: { ...site, capture: { ...defaultCapture, consentTool } } }),
      ).toMatchObject([
        { level: 'warning', says: expect.stringContaining('Set it to `didomi`'), paste: { lines: formatToolSetting('didomi') } },
      ]);
    expect(about('consent tools', platforms)).toMatchObject([{ level: 'ok' }]);
  });

  it.each(supportedConsentTools.map(({ source, instruction }) => [source, instruction] as const))(
    'has a check but no lines when the pixel reads %s itself',
    (source, look) => {
      const [advice, ...more] = about('consent', { report: silent, page: { ...page, tools: tool(source) } });
      expect(more).toEqual([]);
      expect(advice).toMatchObject({ level: 'problem', says: expect.stringContaining(look) });
      expect(advice).not.toHaveProperty('paste');
    },
  );

  it.each([[[]], [['TrustArc']]])('has the lines for a banner when the page has only %j', (names) => {
    const symptoms = { report: silent, page: { ...page, platforms: names } };
    expect(about('consent', symptoms)).toMatchObject([{ level: 'problem', paste: { lines: customBannerSnippet } }]);
  });

  it('reports a call that does not run', () => {
    const [advice] = about('consent', { report: silent, page: { ...page, callsConsent: true } });
    expect(advice).toMatchObject({ level: 'problem', says: expect.stringContaining('Check that the call runs') });
    expect(advice).not.toHaveProperty('paste');
  });

  it('is only a warning when no event arrived, or unknown consent counts as granted', () => {
    expect(about('consent', { report: withoutEvents })).toMatchObject([
      { level: 'warning', says: expect.stringMatching(/No browser event has arrived/) },
    ]);
    const otherReport = { ...silent, silentlyDenied: 0 };
    expect(about('consent', { report: otherReport })).toMatchObject([
      { level: 'warning', says: expect.stringMatching(/Unknown consent counts as granted/) },
    ]);
  });

  it('is ok when Global Privacy Control denied all events', () => {
    const byBrowser = { ...silent, stated: { granted: 0, denied: 10, unknown: 0 }, silentlyDenied: 0 };
    expect(about('consent', { report: byBrowser })).toMatchObject([
      { level: 'ok', says: expect.stringMatching(/Global Privacy Control/) },
    ]);
    const withGoogle = { ...page, tools: tool('gcm') };
    expect(about('consent', { report: silent, page: withGoogle })[0]?.says).toContain('These events came before');
    expect(about('consent', { report: withoutEvents, page: withGoogle })[0]?.says).not.toContain('These events');
  });

  it('is ok when the policy is granted', () => {
    const asking: Site = { ...site, consent: { policy: 'granted' } };
    expect(about('consent', { site: asking, report: { ...silent, silentlyDenied: 0 } })).toMatchObject([{ level: 'ok' }]);
    // Its pixel reads no tool, so only a call helps.
    const symptoms = { site: asking, report: silent, page: { ...page, tools: tool('gcm') } };
    expect(about('consent', symptoms)).toMatchObject([{ level: 'problem', paste: { lines: customBannerSnippet } }]);
  });

  it('warns when the country is unknown and unknown consent counts as denied', () => {
    const advice = about('consent', { report: silent, knowsCountry: false });
    expect(advice).toContainEqual({ level: 'warning', subject: 'consent', says: expect.stringContaining('countryHeader') });
    expect(advice).toContainEqual(expect.objectContaining({ says: expect.stringContaining('`country.mode` to `table`') }));
  });

  it('warns when only refusals arrive', () => {
    const report = { ...consentReport, stated: { granted: 0, denied: 10, unknown: 0 }, silentlyDenied: 0 };
    expect(about('consent', { report })).toContainEqual(
      expect.objectContaining({ level: 'warning', says: expect.stringContaining('No shopper') }),
    );
  });

  it('is a problem for missing choices even if the page cannot be read', () => {
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
