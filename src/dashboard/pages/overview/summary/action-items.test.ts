import { describe, expect, it } from 'vitest';
import type { AccuracyLineView, ConnectionView, StepView } from '../../../../api/client.ts';
import { beyondBudget } from '../../../../event/browser-budget.ts';
import { healthyConnection } from '../../../data/connection-view.fixture.ts';
import { getGatewayActionItems, getSiteActionItems, type SiteSnapshot } from './action-items.ts';
import type { DaySummary } from './day-summary.ts';

const hourMs = 3_600_000;
const now = new Date(2026, 10, 25, 13, 0).getTime();
const since = new Date(2026, 10, 25).getTime();

const day = (more: Partial<DaySummary> = {}): DaySummary => ({
  received: 100,
  duplicates: 0,
  rejected: 0,
  connections: [],
  ...more,
});
const settings = {
  id: 'bing',
  destination: 'microsoft',
  origin: 'file',
  enabled: true,
  settings: {},
  secrets: [],
  isLive: true,
} as const;
const snapshot = (more: Partial<SiteSnapshot> = {}): SiteSnapshot => ({
  site: { id: 'shop', connections: [settings] },
  connections: [healthyConnection],
  today: day(),
  yesterday: day(),
  steps: [],
  files: 0,
  now,
  since,
  ...more,
});

describe('action items', () => {
  it('are empty if everything works', () => {
    expect(getSiteActionItems(snapshot())).toEqual([]);
  });

  it('include a share of orders below the target, and nothing otherwise', () => {
    const alert = { since: '2026-11-18', until: '2026-11-24', orders: 240, share: 0.82 } as const;
    const line = (state: 'under' | 'fine'): AccuracyLineView => ({
      site: 'shop',
      since: '2026-11-18',
      until: '2026-11-25',
      hasWebhooks: true,
      alertUnder: 0.9,
      unknownToShop: 0,
      connections: [
        {
          connection: 'bing',
          orders: 250,
          accepted: 205,
          explained: 0,
          missing: 45,
          share: 0.82,
          amounts: [],
          alert: { ...alert, state },
        },
      ],
    });
    expect(getSiteActionItems(snapshot({ accuracy: line('under') }))).toEqual([
      {
        level: 'warning',
        message:
          'Only 82% of 240 orders in the last 7 full days are accounted for. The target is 90%. Check which orders are missing.',
        target: 'accuracy',
      },
    ]);
    expect(getSiteActionItems(snapshot({ accuracy: line('fine') }))).toEqual([]);
  });

  it('include an unhealthy connection with the message of the gateway', () => {
    const connections: readonly ConnectionView[] = [
      { ...healthyConnection, health: 'unhealthy', says: 'The token is refused.', pausedSince: 1 },
    ];
    expect(getSiteActionItems(snapshot({ connections }))).toEqual([
      { level: 'problem', message: 'The token is refused.', target: 'connection', connection: 'bing' },
    ]);
  });

  it('include paused connections and failed events, but no disabled connection if another one sends', () => {
    const connections: readonly ConnectionView[] = [
      { ...healthyConnection, health: 'paused', says: 'An operator paused it.', deadLetters: 1 },
      { ...healthyConnection, id: 'old', health: 'disabled', says: 'Disabled.' },
    ];
    expect(getSiteActionItems(snapshot({ connections })).map(({ level, message }) => `${level} ${message}`)).toEqual([
      'warning An operator paused it.',
      'warning 1 event could not be delivered. Check the reason, then retry or drop it.',
    ]);
  });

  it('include that all connections are disabled, with the remedy that the page of the connection has', () => {
    const file = { ...settings, enabled: false };
    const own = { ...file, id: 'meta', origin: 'dashboard' } as const;
    const getItems = (connections: SiteSnapshot['site']['connections']) =>
      getSiteActionItems(snapshot({ site: { id: 'shop', connections } })).map((one) => [one.connection, one.message]);
    const found = 'Events are stored but not sent, because all connections are disabled.';
    expect(getItems([file, own])).toEqual([['meta', `${found} Enable one.`]]);
    expect(getItems([file])).toEqual([['bing', `${found} Enable one in the config file, and restart.`]]);
    expect(getItems([{ ...file, enabled: true }, own])).toEqual([]);
  });

  it('include failed events as a problem if a purchase is among them', () => {
    const connections: readonly ConnectionView[] = [{ ...healthyConnection, deadLetters: 3, deadPurchases: 2 }];
    expect(getSiteActionItems(snapshot({ connections })).map(({ level, message }) => `${level} ${message}`)).toEqual([
      'problem 2 purchases and 1 other event could not be delivered. Check the reason, then retry or drop them.',
    ]);
  });

  it('include a pause that will lose events as a problem', () => {
    const message = 'An operator paused it. The oldest events are lost in 14 hours.';
    const connections: readonly ConnectionView[] = [
      { ...healthyConnection, health: 'paused', says: message, losesAt: now + 14 * hourMs },
    ];
    expect(getSiteActionItems(snapshot({ connections }))).toMatchObject([{ level: 'problem', message: message }]);
  });

  it('name the connection if the site has several', () => {
    const connections: readonly ConnectionView[] = [{ ...healthyConnection, health: 'unhealthy', says: 'The token is refused.' }];
    const site = { id: 'shop', connections: [settings, { ...settings, id: 'ads', destination: 'meta' }] };
    expect(getSiteActionItems(snapshot({ site, connections }))).toMatchObject([
      { message: 'Microsoft Advertising: The token is refused.' },
    ]);
    const twice = { ...site, connections: [settings, { ...settings, id: 'ads' }] };
    expect(getSiteActionItems(snapshot({ site: twice, connections }))).toMatchObject([
      { message: 'Microsoft Advertising (bing): The token is refused.' },
    ]);
  });

  it('include a difference in the counts in either direction', () => {
    const connection = {
      connection: 'bing',
      accepted: 0,
      skipped: 0,
      merged: 0,
      reasons: [],
      waiting: 0,
      awaiting: 0,
      unverified: 0,
      unsent: 0,
      beforeStart: 0,
      dead: 0,
      lost: -2,
    };
    expect(getSiteActionItems(snapshot({ today: day({ connections: [connection] }) }))).toMatchObject([
      { level: 'problem', message: expect.stringContaining('cannot account for 2 events') },
    ]);
  });

  it('include a site without an enabled connection', () => {
    const items = getSiteActionItems(snapshot({ site: { id: 'shop', connections: [] }, connections: [] }));
    expect(items).toMatchObject([{ level: 'problem', target: 'new-connection' }]);
    const off = getSiteActionItems(
      snapshot({ site: { id: 'shop', connections: [{ ...settings, enabled: false }] }, connections: [] }),
    );
    expect(off).toMatchObject([{ level: 'warning', target: 'connection', connection: 'bing' }]);
  });

  it('include sites and connections that the gateway could not load', () => {
    const site = { id: 'shop', problem: 'The id is taken.', connections: [{ ...settings, problem: 'Enter the secret again.' }] };
    expect(getSiteActionItems(snapshot({ site }))).toEqual([
      { level: 'problem', message: 'The id is taken.', target: 'settings' },
      { level: 'problem', message: 'bing: Enter the secret again.', target: 'connection', connection: 'bing' },
    ]);
  });

  it('include many rejections, but not a few', () => {
    expect(getSiteActionItems(snapshot({ today: day({ rejected: 10 }), yesterday: day({ rejected: 2 }) }))).toMatchObject([
      { message: '12 events of today and yesterday (6%) were rejected. Check which field is invalid.', target: 'rejections' },
    ]);
    expect(getSiteActionItems(snapshot({ today: day({ rejected: 4 }) }))).toEqual([]);
    expect(getSiteActionItems(snapshot({ today: day({ received: 1, rejected: 3 }), yesterday: day({ received: 0 }) }))).toEqual(
      [],
    );
  });

  it('include a day without events after a day with events, once it is late enough', () => {
    const silent = { today: day({ received: 0 }), yesterday: day({ received: 312 }) };
    expect(getSiteActionItems(snapshot(silent))).toMatchObject([{ level: 'warning', target: 'set-up' }]);
    expect(getSiteActionItems(snapshot({ ...silent, now: since + hourMs }))).toEqual([]);
  });

  it('include problems of the checklist, except those of connections', () => {
    const step = (id: string, group: StepView['group'], state: StepView['state']): StepView => ({
      id,
      group,
      state,
      title: 'Consent',
      says: 'No consent was sent.',
    });
    const steps = [
      step('consent-told', 'pixel', 'problem'),
      step('credential', 'connection', 'problem'),
      { ...step('microsoft-tag-mode', 'pixel', 'problem'), guide: 'guides/dual-tracking' },
      step('purchase', 'pixel', 'waiting'),
    ];
    expect(getSiteActionItems(snapshot({ steps }))).toEqual([
      { level: 'warning', message: 'No consent was sent.', target: 'consent' },
      { level: 'warning', message: 'No consent was sent.', target: 'guide', guide: 'guides/dual-tracking' },
    ]);
  });

  it('include that a checklist could not be loaded, which is not one without problems', () => {
    expect(getSiteActionItems(snapshot({ steps: undefined }))).toEqual([
      {
        level: 'warning',
        message: 'The checklist could not be loaded, so problems of the setup are not known.',
        target: 'set-up',
      },
    ]);
  });

  it('include an event log that cannot be written', () => {
    const log = { writable: false, problem: 'The disk is full. Make room.', records: 1, bytes: 1 };
    expect(getGatewayActionItems({ log })).toEqual([
      { level: 'problem', message: 'Not accepting events: The disk is full. Make room.' },
    ]);
    expect(getGatewayActionItems({ log: { writable: true, records: 1, bytes: 1 } })).toEqual([]);
    expect(getGatewayActionItems({ log: { writable: true, appendsTo: 'database', records: 1, bytes: 1 } })).toEqual([]);
    expect(getGatewayActionItems({ log: { writable: true, appendsTo: 'spool', records: 1, bytes: 1 } })).toMatchObject([
      { level: 'problem', message: expect.stringMatching(/^Not delivering events: .* wait in the spool/) },
    ]);
    const working = { writable: true, records: 1, bytes: 1 };
    expect(getGatewayActionItems({ log: working, deliveryProblem: 'No gateway delivers.' })).toEqual([
      { level: 'problem', message: 'Not delivering events: No gateway delivers.' },
    ]);
    const forServers = { writable: true, browserProblem: 'The disk is nearly full. Make room.', records: 1, bytes: 1 };
    expect(getGatewayActionItems({ log: forServers })).toEqual([
      { level: 'problem', message: 'Not accepting events from browsers: The disk is nearly full. Make room.' },
    ]);
  });

  it('include a daily budget that browsers have used up', () => {
    const left = { used: 1, limit: 20_000 };
    const budget = { visitors: left, links: left, purchases: left, bytes: left };
    expect(getSiteActionItems(snapshot({ budget }))).toEqual([]);
    const spent = { used: 20_000, limit: 20_000 };
    const items = getSiteActionItems(snapshot({ budget: { visitors: spent, links: left, purchases: spent, bytes: spent } }));
    expect(items).toMatchObject([
      {
        level: 'problem',
        message: expect.stringMatching(/^Browsers alone reported 20,000 purchases today\. /),
      },
      { level: 'problem', message: expect.stringMatching(/ reached today's limit of 20,000 bytes\. /) },
      { level: 'warning', message: expect.stringMatching(/^Browsers reached today's limit of 20,000 new visitors/) },
    ]);
    // The dashboard imports no values of `event/`, so it repeats the words of the alert.
    expect(items[0]?.message).toContain(beyondBudget.purchases);
    expect(items[1]?.message).toContain(beyondBudget.bytes);
  });

  it('include waiting exports', () => {
    expect(getSiteActionItems(snapshot({ files: 1 }))).toMatchObject([
      { level: 'warning', target: 'privacy', message: expect.stringMatching(/^A customer asked the shop for their data/) },
    ]);
    expect(getSiteActionItems(snapshot({ files: 2 }))).toMatchObject([{ message: expect.stringMatching(/^2 customers/) }]);
  });
});
