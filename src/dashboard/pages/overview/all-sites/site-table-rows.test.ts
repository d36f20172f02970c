import { describe, expect, it } from 'vitest';
import type { ReportedIssue, SiteSettingsView } from '../../../../api/client.ts';
import { createIssue } from '../../../data/issue.fixture.ts';
import { noOrders } from '../../../data/no-orders.fixture.ts';
import type { SiteStatus } from '../summary/site-status.ts';
import { getWorst, rankSite, type SiteRow, sortRows, toSiteRows } from './site-table-rows.ts';

const row = (id: string, level: SiteStatus['level'], received: number, name = id): SiteRow => ({
  id,
  name,
  status: { level, title: '' },
  issues: [],
  place: 0,
  today: { received, duplicates: 0, rejected: 0, connections: [] },
  received,
  accepted: 0,
  waiting: 0,
  dead: 0,
  missing: 0,
  yesterday: 0,
});
const rows = [row('zebra', 'working', 5), row('ant', 'working', 500), row('bee', 'urgent', 1), row('cat', 'quiet', 0, 'The Cat')];
const ids = (found: readonly SiteRow[]) => found.map(({ id }) => id);

const site = (id: string): SiteSettingsView => ({
  id,
  name: id,
  origin: 'file',
  revision: '1',
  domains: [],
  platform: 'shopify',
  writeKey: 'wk_test',
  oldWriteKeys: [],
  secretKeys: [],
  consent: { policy: 'regional', missingCountry: 'unknown' },
  timeZone: 'UTC',
  bots: 'drop',
  tags: {},
  uet: { mode: 'off', script: '', queue: 'uetq', idSync: '' },
  purchaseHoldSeconds: 'auto',
  purchases: 'as-reported',
  webhooks: { secrets: [], purchaseOn: 'create' },
  accuracy: { alertUnder: null },
  pixel: { url: 'https://data.shop.example/p.js?k=wk_test', isGuess: false },
  connections: [{ id: 'bing', destination: 'microsoft', origin: 'file', enabled: true, settings: {}, secrets: [], isLive: true }],
});

describe('sites table', () => {
  it('names the worst open issue of a site, which is never shown as working, and sorts the sites by it', () => {
    const day = { since: 0, until: 1 };
    const totals = [{ site: 'bee', received: 5, copies: 0, refused: 0, connections: [], ...noOrders }];
    const emptyData = { destinations: [], connections: [], today: totals, yesterday: [], accuracy: [] };
    const data = { ...emptyData, sites: [site('ant'), site('bee')], days: { today: day, yesterday: day }, fetchedAt: 1 };
    const read = (...issues: ReportedIssue[]) => toSiteRows({ ...data, issues });
    expect(read().map(({ status }) => status.level)).toEqual(['quiet', 'working']);
    const [, bee] = read(createIssue(), createIssue({ id: 'b', severity: 'note' }));
    expect(bee && [rankSite(bee), getWorst(bee)]).toEqual([1, 'Bing refuses the token. And 1 more.']);
    const both = read(createIssue({ id: 'b' }), createIssue({ site: 'ant' }));
    expect(ids(sortRows(both, '', { by: 'state', isDown: false }))).toEqual(['bee', 'ant']);
    const [, acknowledged] = read(createIssue({ state: 'acknowledged' }));
    expect(acknowledged && [rankSite(acknowledged), getWorst(acknowledged)]).toEqual([2, undefined]);
  });

  it('knows the missing orders of a site only once they are loaded', () => {
    const day = { since: 0, until: 1 };
    const emptyData = { destinations: [], connections: [], today: [], yesterday: [], issues: [] };
    const data = { ...emptyData, sites: [site('bee')], days: { today: day, yesterday: day }, fetchedAt: 1 };
    const accuracy = [
      { site: 'bee', since: '', until: '', hasWebhooks: true, alertUnder: null, unknownToShop: 0, connections: [] },
    ];
    expect(toSiteRows(data).map(({ missing }) => missing)).toEqual([undefined]);
    expect(toSiteRows({ ...data, accuracy }).map(({ missing }) => missing)).toEqual([0]);
  });

  it('sorts sites with problems first, then quiet ones', () => {
    expect(ids(sortRows(rows, '', { by: 'state', isDown: false }))).toEqual(['bee', 'cat', 'ant', 'zebra']);
  });

  it('sorts by a figure in either direction', () => {
    expect(ids(sortRows(rows, '', { by: 'received', isDown: true }))).toEqual(['ant', 'zebra', 'bee', 'cat']);
    expect(ids(sortRows(rows, '', { by: 'received', isDown: false }))).toEqual(['cat', 'bee', 'zebra', 'ant']);
  });

  it('finds sites by name and id, ignoring case', () => {
    expect(ids(sortRows(rows, ' the c', { by: 'name', isDown: false }))).toEqual(['cat']);
    expect(ids(sortRows(rows, 'EB', { by: 'name', isDown: false }))).toEqual(['zebra']);
  });
});
