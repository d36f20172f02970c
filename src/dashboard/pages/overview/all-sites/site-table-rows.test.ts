import { describe, expect, it } from 'vitest';
import type { ReportedIssue, SiteSettingsView } from '../../../../api/client.ts';
import { createIssue } from '../../../data/issue.fixture.ts';
import { noMoney, noOrders } from '../../../data/no-orders.fixture.ts';
import type { SiteStatus } from '../summary/site-status.ts';
import {
  getWorst,
  listAssigneeChoices,
  nobody,
  rankSite,
  type SiteRow,
  selectAssignee,
  sortRows,
  toSiteRows,
} from './site-table-rows.ts';

const row = (id: string, level: SiteStatus['level'], received: number, name = id): SiteRow => ({
  id,
  name,
  status: { level, title: '' },
  issues: [],
  place: 0,
  today: { received, duplicates: 0, rejected: 0, connections: [] },
  orders: { count: received, revenue: [], refundsSince: 0, platforms: [] },
  days: undefined,
  waiting: 0,
  dead: 0,
  missing: 0,
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
  distrustedKeys: [],
  capture: { dataLayer: { mode: 'off', layer: ['dataLayer'], map: {} } },
  segment: { keys: [], purchaseId: 'checkout_id', adConsentCategories: ['marketing'] },
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
    const read = (...issues: ReportedIssue[]) => toSiteRows({ ...data, issues }, undefined, undefined);
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
      {
        site: 'bee',
        timeZone: 'UTC',
        since: '',
        until: '',
        hasWebhooks: true,
        alertUnder: null,
        coverage: '',
        unknownToShop: 0,
        connections: [],
      },
    ];
    expect(toSiteRows(data, undefined, undefined).map(({ missing }) => missing)).toEqual([undefined]);
    expect(toSiteRows({ ...data, accuracy }, undefined, undefined).map(({ missing }) => missing)).toEqual([0]);
  });

  it('has the orders of the range with the revenue in each currency, net of refunds, and what each platform accepted', () => {
    const day = { since: 0, until: 1 };
    const sums = (orders: number, ...amounts: readonly { currency: string; amount: number; orders: number }[]) => ({
      ...{ orders, withoutValue: 0 },
      amounts: [...amounts],
    });
    const [given] = [{ site: 'bee', received: 5, copies: 0, refused: 0, connections: [], ...noOrders }];
    const money = { ...noMoney, accepted: sums(9) };
    const connection = { connection: 'bing', outcomes: {}, undelivered: 0, unmerged: 0, earlier: 0, lost: 0, money };
    const totals = {
      ...given,
      reported: sums(8, { currency: 'CHF', amount: 90, orders: 1 }, { currency: 'EUR', amount: 700, orders: 7 }),
      browsersAlone: sums(2),
      refunded: sums(2, { currency: 'EUR', amount: 50, orders: 1 }, { currency: 'USD', amount: 5, orders: 1 }),
      net: (
        [
          ['CHF', 90],
          ['EUR', 650],
          ['USD', -5],
        ] as const
      ).map(([currency, amount]) => ({ currency, amount })),
      connections: [connection],
    };
    const emptyData = { destinations: [], connections: [], today: [], yesterday: [], issues: [] };
    const data = { ...emptyData, sites: [site('bee'), site('ant')], days: { today: day, yesterday: day }, fetchedAt: 1 };
    const [bee, ant] = toSiteRows(data, [totals], [{ site: 'bee', timeZone: 'UTC', since: 0, isComplete: true, orders: [1, 9] }]);
    expect(bee?.orders).toMatchObject({
      count: 10,
      revenue: [
        { currency: 'EUR', amount: 700, net: 650 },
        { currency: 'CHF', amount: 90 },
        { currency: 'USD', amount: 0, net: -5 },
      ],
      platforms: [{ connection: 'bing', accepted: 9 }],
    });
    expect(bee?.orders?.revenue[1]).not.toHaveProperty('net');
    expect([bee?.days?.orders, ant?.days, ant?.orders]).toEqual([[1, 9], undefined, undefined]);
  });

  it('selects the sites by assignee, and those without one', () => {
    const owned = [
      { ...row('ant', 'working', 1), assignee: 'jane' },
      { ...row('bee', 'working', 1), assignee: 'ada' },
      row('cat', 'quiet', 0),
    ];
    expect(ids(selectAssignee(owned, undefined))).toEqual(['ant', 'bee', 'cat']);
    expect(ids(selectAssignee(owned, 'jane'))).toEqual(['ant']);
    expect(ids(selectAssignee(owned, nobody))).toEqual(['cat']);
    expect(ids(selectAssignee(owned, 'gone'))).toEqual([]);
    const values = (chosen?: string) => listAssigneeChoices(owned, chosen).map(({ value }) => value);
    expect([values(), values('jane'), values('gone')]).toEqual([
      ['ada', 'jane', nobody],
      ['ada', 'jane', nobody],
      ['ada', 'gone', 'jane', nobody],
    ]);
    expect(listAssigneeChoices(rows, undefined)).toEqual([]);
  });

  it('sorts sites with problems first, then quiet ones', () => {
    expect(ids(sortRows(rows, '', { by: 'state', isDown: false }))).toEqual(['bee', 'cat', 'ant', 'zebra']);
  });

  it('sorts by a figure in either direction', () => {
    expect(ids(sortRows(rows, '', { by: 'orders', isDown: true }))).toEqual(['ant', 'zebra', 'bee', 'cat']);
    expect(ids(sortRows(rows, '', { by: 'orders', isDown: false }))).toEqual(['cat', 'bee', 'zebra', 'ant']);
  });

  it('finds sites by name and id, ignoring case', () => {
    expect(ids(sortRows(rows, ' the c', { by: 'name', isDown: false }))).toEqual(['cat']);
    expect(ids(sortRows(rows, 'EB', { by: 'name', isDown: false }))).toEqual(['zebra']);
  });
});
