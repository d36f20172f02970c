import { describe, expect, it } from 'vitest';
import type { ConnectionView, OpenAlertView, SiteSettingsView } from '../../../../api/client.ts';
import { healthyConnection } from '../../../data/connection-view.fixture.ts';
import { noOrders } from '../../../data/no-orders.fixture.ts';
import type { SiteStatus } from '../summary/site-status.ts';
import { getWorst, rankSite, type SiteRow, sortRows, toSiteRows } from './site-table-rows.ts';

const row = (id: string, level: SiteStatus['level'], received: number, name = id): SiteRow => ({
  id,
  name,
  status: { level, title: '' },
  actionItems: level === 'problem' ? [{ level: 'problem', message: '' }] : [],
  alerts: [],
  today: { received, duplicates: 0, rejected: 0, connections: [] },
  received,
  accepted: 0,
  waiting: 0,
  dead: 0,
  missing: 0,
  yesterday: 0,
});
const rows = [
  row('zebra', 'working', 5),
  row('ant', 'working', 500),
  row('bee', 'problem', 1),
  row('cat', 'quiet', 0, 'The Cat'),
];
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
  it('shows an action item at a site with a waiting export', () => {
    const day = { since: 0, until: 1 };
    const days = { today: day, yesterday: day };
    const emptyData = { destinations: [], connections: [], today: [], yesterday: [], accuracy: [], alerts: [] };
    const data = { ...emptyData, sites: [site('ant'), site('bee')], files: [{ site: 'bee', files: 1 }], days, fetchedAt: 1 };
    const [ant, bee] = toSiteRows(data);
    expect(ant?.actionItems).toEqual([]);
    expect(bee?.actionItems).toMatchObject([{ target: 'privacy', message: expect.stringMatching(/^A customer asked the shop/) }]);
  });

  it('names the worst open alert of a site, which is never shown as working', () => {
    const alert = (title: string, isUrgent: boolean): OpenAlertView => ({
      ...{ key: title, on: 'paused', site: 'bee', isUrgent, title, sentence: '', figures: [], path: '/', since: 0, beganAt: 0 },
    });
    const day = { since: 0, until: 1 };
    const totals = [{ site: 'bee', received: 5, copies: 0, refused: 0, connections: [], ...noOrders }];
    const emptyData = { destinations: [], connections: [], today: totals, yesterday: [], accuracy: [], files: [] };
    const data = { ...emptyData, sites: [site('ant'), site('bee')], days: { today: day, yesterday: day }, fetchedAt: 1 };
    const read = (...alerts: OpenAlertView[]) => toSiteRows({ ...data, alerts });
    expect(read().map(({ status }) => status.level)).toEqual(['quiet', 'working']);
    const [, bee] = read(alert('bee/bing is paused', false));
    expect(bee && [rankSite(bee), getWorst(bee)]).toEqual([1, 'bee/bing is paused.']);
    const rows = read(alert('bee/bing is about to lose events', true), alert('bee/bing is paused', false));
    expect(ids(sortRows(rows, '', { by: 'state', isDown: false }))).toEqual(['bee', 'ant']);
    const [, urgent] = rows;
    expect(urgent && [rankSite(urgent), getWorst(urgent)]).toEqual([0, 'bee/bing is about to lose events.']);
  });

  it('names the problem that needs a person before one that Convey retries, and counts the others', () => {
    const retried: ConnectionView = {
      ...{ ...healthyConnection, site: 'bee', id: 'a', health: 'unhealthy', says: 'HTTP 500, once. The next attempt is now.' },
      nextTryAt: 9,
    };
    const revoked: ConnectionView = { ...retried, id: 'b', says: 'The token was revoked. Copy it again.', pausedSince: 1 };
    const day = { since: 0, until: 1 };
    const emptyData = { destinations: [], today: [], yesterday: [], accuracy: [], alerts: [], files: [] };
    const data = { ...emptyData, sites: [site('bee')], days: { today: day, yesterday: day }, fetchedAt: 1 };
    const read = (...connections: ConnectionView[]) => toSiteRows({ ...data, connections }).map(getWorst);
    expect(read(retried, revoked)).toEqual(['The token was revoked. And 1 more.']);
    expect(read(revoked)).toEqual(['The token was revoked.']);
  });

  it('knows the missing orders of a site only once they are loaded', () => {
    const day = { since: 0, until: 1 };
    const emptyData = { destinations: [], connections: [], today: [], yesterday: [], files: [], alerts: [] };
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
