import { describe, expect, it } from 'vitest';
import type { AccuracyLineView, ConnectionView, StepView } from '../../../../api/client.ts';
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
const well: ConnectionView = {
  site: 'shop',
  id: 'bing',
  destination: 'microsoft',
  health: 'healthy',
  says: 'Delivering.',
  counts: {},
  inDoubt: 0,
  lag: { events: 0, ms: 0 },
  waiting: 0,
  deadLetters: 0,
};
const settings = {
  id: 'bing',
  destination: 'microsoft',
  origin: 'file',
  enabled: true,
  settings: {},
  secrets: [],
  isLive: true,
} as const;
const seen = (more: Partial<SiteSnapshot> = {}): SiteSnapshot => ({
  site: { id: 'shop', connections: [settings] },
  connections: [well],
  today: day(),
  yesterday: day(),
  steps: [],
  files: 0,
  now,
  since,
  ...more,
});

describe('what needs a hand', () => {
  it('is nothing where all is well', () => {
    expect(getSiteActionItems(seen())).toEqual([]);
  });

  it('is a share of orders that fell, and none where it did not or nothing is known', () => {
    const alert = { since: '2026-11-18', until: '2026-11-24', orders: 240, share: 0.82 } as const;
    const line = (state: 'under' | 'fine'): AccuracyLineView => ({
      site: 'shop',
      since: '2026-11-18',
      until: '2026-11-25',
      hasWebhooks: true,
      alertUnder: 0.9,
      unknownToShop: 0,
      connections: [
        { connection: 'bing', orders: 250, accepted: 205, explained: 0, missing: 45, share: 0.82, alert: { ...alert, state } },
      ],
    });
    expect(getSiteActionItems(seen({ accuracy: line('under') }))).toEqual([
      {
        level: 'warning',
        message:
          'Of 240 orders of the last seven whole days only 82% are accounted for. At least 90% should be: see what is missing.',
        target: 'accuracy',
      },
    ]);
    expect(getSiteActionItems(seen({ accuracy: line('fine') }))).toEqual([]);
  });

  it('is a connection that is refused, in the words of the gateway', () => {
    const connections: readonly ConnectionView[] = [{ ...well, health: 'unhealthy', says: 'The token is refused.' }];
    expect(getSiteActionItems(seen({ connections }))).toEqual([
      { level: 'problem', message: 'The token is refused.', target: 'connection', connection: 'bing' },
    ]);
  });

  it('warns of a pause and of dead letters, and never of what is switched off on purpose beside one that sends', () => {
    const connections: readonly ConnectionView[] = [
      { ...well, health: 'paused', says: 'An operator paused it.', deadLetters: 1 },
      { ...well, id: 'old', health: 'disabled', says: 'Disabled.' },
    ];
    expect(getSiteActionItems(seen({ connections })).map(({ level, message }) => `${level} ${message}`)).toEqual([
      'warning An operator paused it.',
      'warning 1 event could not be sent. Read why, then send it again or drop it.',
    ]);
  });

  it('is a pause that will cost events soon', () => {
    const says = 'An operator paused it. The oldest events are lost in 14 hours.';
    const connections: readonly ConnectionView[] = [{ ...well, health: 'paused', says, losesAt: now + 14 * hourMs }];
    expect(getSiteActionItems(seen({ connections }))).toMatchObject([{ level: 'problem', message: says }]);
  });

  it('names the connection where there are several', () => {
    const connections: readonly ConnectionView[] = [{ ...well, health: 'unhealthy', says: 'The token is refused.' }];
    const site = { id: 'shop', connections: [settings, { ...settings, id: 'ads' }] };
    expect(getSiteActionItems(seen({ site, connections }))).toMatchObject([{ message: 'bing: The token is refused.' }]);
  });

  it('is a fault of its own where the count does not come out, whichever way', () => {
    const connection = {
      connection: 'bing',
      accepted: 0,
      skipped: 0,
      merged: 0,
      reasons: [],
      waiting: 0,
      unsent: 0,
      beforeStart: 0,
      dead: 0,
      lost: -2,
    };
    expect(getSiteActionItems(seen({ today: day({ connections: [connection] }) }))).toMatchObject([
      { level: 'problem', message: expect.stringContaining('lost count of 2 events') },
    ]);
  });

  it('is a site that sends nowhere, having no connection or none that is on', () => {
    const none = getSiteActionItems(seen({ site: { id: 'shop', connections: [] }, connections: [] }));
    expect(none).toMatchObject([{ level: 'problem', target: 'new-connection' }]);
    const off = getSiteActionItems(
      seen({ site: { id: 'shop', connections: [{ ...settings, enabled: false }] }, connections: [] }),
    );
    expect(off).toMatchObject([{ level: 'warning', target: 'connection', connection: 'bing' }]);
  });

  it('is what the gateway left out, and why', () => {
    const site = { id: 'shop', problem: 'The id is taken.', connections: [{ ...settings, problem: 'Enter the secret again.' }] };
    expect(getSiteActionItems(seen({ site }))).toEqual([
      { level: 'problem', message: 'The id is taken.', target: 'settings' },
      { level: 'problem', message: 'bing: Enter the secret again.', target: 'connection', connection: 'bing' },
    ]);
  });

  it('is a door that refuses many, and not one that refuses a few', () => {
    expect(getSiteActionItems(seen({ today: day({ rejected: 10 }), yesterday: day({ rejected: 2 }) }))).toMatchObject([
      { message: '12 of what came today and yesterday (6%) was not accepted. See which field is wrong.', target: 'rejections' },
    ]);
    expect(getSiteActionItems(seen({ today: day({ rejected: 4 }) }))).toEqual([]);
    expect(getSiteActionItems(seen({ today: day({ received: 1, rejected: 3 }), yesterday: day({ received: 0 }) }))).toEqual([]);
  });

  it('is a silence after a day with events, once the day is old enough', () => {
    const silent = { today: day({ received: 0 }), yesterday: day({ received: 312 }) };
    expect(getSiteActionItems(seen(silent))).toMatchObject([{ level: 'warning', target: 'set-up' }]);
    expect(getSiteActionItems(seen({ ...silent, now: since + hourMs }))).toEqual([]);
  });

  it('takes problems of the checklist over, except those that connections tell themselves', () => {
    const step = (id: string, group: StepView['group'], state: StepView['state']): StepView => ({
      id,
      group,
      state,
      title: 'Consent is told',
      says: 'Nobody says it.',
    });
    const steps = [
      step('consent-told', 'pixel', 'problem'),
      step('credential', 'connection', 'problem'),
      { ...step('uet-mode', 'pixel', 'problem'), guide: 'guides/dual-tracking' },
      step('purchase', 'pixel', 'waiting'),
    ];
    expect(getSiteActionItems(seen({ steps }))).toEqual([
      { level: 'warning', message: 'Nobody says it.', target: 'consent' },
      { level: 'warning', message: 'Nobody says it.', target: 'guide', guide: 'guides/dual-tracking' },
    ]);
  });

  it('is the whole gateway where the log cannot be written', () => {
    const log = { writable: false, problem: 'The disk is full. Make room.', records: 1, bytes: 1 };
    expect(getGatewayActionItems({ log })).toEqual([
      { level: 'problem', message: 'No events are taken: The disk is full. Make room.' },
    ]);
    expect(getGatewayActionItems({ log: { writable: true, records: 1, bytes: 1 } })).toEqual([]);
    const forServers = { writable: true, browserProblem: 'The disk is nearly full. Make room.', records: 1, bytes: 1 };
    expect(getGatewayActionItems({ log: forServers })).toEqual([
      { level: 'problem', message: 'No events of browsers are taken: The disk is nearly full. Make room.' },
    ]);
  });

  it('is a daily budget that browsers have used up, and none that they have not', () => {
    const left = { used: 1, limit: 20_000 };
    const budget = { visitors: left, links: left, purchases: left };
    expect(getSiteActionItems(seen({ budget }))).toEqual([]);
    const spent = { used: 20_000, limit: 20_000 };
    expect(getSiteActionItems(seen({ budget: { visitors: spent, links: left, purchases: spent } }))).toMatchObject([
      { level: 'problem', message: expect.stringMatching(/^Browsers alone reported 20,000 purchases today\. .* not sent/) },
      { level: 'warning', message: expect.stringMatching(/^Browsers made 20,000 new visitors today/) },
    ]);
  });

  it('tells of a file that a customer asked the shop for', () => {
    expect(getSiteActionItems(seen({ files: 1 }))).toMatchObject([
      { level: 'warning', target: 'settings', message: expect.stringMatching(/^A customer asked the shop for their data/) },
    ]);
    expect(getSiteActionItems(seen({ files: 2 }))).toMatchObject([{ message: expect.stringMatching(/^2 customers/) }]);
  });
});
