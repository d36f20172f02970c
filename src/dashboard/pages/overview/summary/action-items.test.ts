import { describe, expect, it } from 'vitest';
import type { AccuracyLineView, ConnectionView, StepView } from '../../../../api/client.ts';
import { gatewayActionItems, type SiteSnapshot, siteActionItems } from './action-items.ts';
import type { DaySummary } from './day-summary.ts';

const hourMs = 3_600_000;
const now = new Date(2026, 10, 25, 13, 0).getTime();
const since = new Date(2026, 10, 25).getTime();

const day = (more: Partial<DaySummary> = {}): DaySummary => ({ received: 100, copies: 0, refused: 0, connections: [], ...more });
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
    expect(siteActionItems(seen())).toEqual([]);
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
    expect(siteActionItems(seen({ accuracy: line('under') }))).toEqual([
      {
        level: 'warning',
        says: 'Of 240 orders of the last seven whole days only 82% are accounted for. At least 90% should be: see what is missing.',
        place: 'accuracy',
      },
    ]);
    expect(siteActionItems(seen({ accuracy: line('fine') }))).toEqual([]);
  });

  it('is a connection that is refused, in the words of the gateway', () => {
    const connections: readonly ConnectionView[] = [{ ...well, health: 'unhealthy', says: 'The token is refused.' }];
    expect(siteActionItems(seen({ connections }))).toEqual([
      { level: 'problem', says: 'The token is refused.', place: 'connection', connection: 'bing' },
    ]);
  });

  it('warns of a pause and of dead letters, and never of what is switched off on purpose beside one that sends', () => {
    const connections: readonly ConnectionView[] = [
      { ...well, health: 'paused', says: 'An operator paused it.', deadLetters: 1 },
      { ...well, id: 'old', health: 'disabled', says: 'Disabled.' },
    ];
    expect(siteActionItems(seen({ connections })).map(({ level, says }) => `${level} ${says}`)).toEqual([
      'warning An operator paused it.',
      'warning 1 event could not be sent. Read why, then send it again or drop it.',
    ]);
  });

  it('is a pause that will cost events soon', () => {
    const says = 'An operator paused it. The oldest events are lost in 14 hours.';
    const connections: readonly ConnectionView[] = [{ ...well, health: 'paused', says, losesAt: now + 14 * hourMs }];
    expect(siteActionItems(seen({ connections }))).toMatchObject([{ level: 'problem', says }]);
  });

  it('names the connection where there are several', () => {
    const connections: readonly ConnectionView[] = [{ ...well, health: 'unhealthy', says: 'The token is refused.' }];
    const site = { id: 'shop', connections: [settings, { ...settings, id: 'ads' }] };
    expect(siteActionItems(seen({ site, connections }))).toMatchObject([{ says: 'bing: The token is refused.' }]);
  });

  it('is a fault of its own where the count does not come out, whichever way', () => {
    const connection = {
      connection: 'bing',
      accepted: 0,
      skipped: 0,
      joined: 0,
      reasons: [],
      waiting: 0,
      unsent: 0,
      earlier: 0,
      dead: 0,
      lost: -2,
    };
    expect(siteActionItems(seen({ today: day({ connections: [connection] }) }))).toMatchObject([
      { level: 'problem', says: expect.stringContaining('lost count of 2 events') },
    ]);
  });

  it('is a site that sends nowhere, having no connection or none that is on', () => {
    const none = siteActionItems(seen({ site: { id: 'shop', connections: [] }, connections: [] }));
    expect(none).toMatchObject([{ level: 'problem', place: 'new-connection' }]);
    const off = siteActionItems(seen({ site: { id: 'shop', connections: [{ ...settings, enabled: false }] }, connections: [] }));
    expect(off).toMatchObject([{ level: 'warning', place: 'connection', connection: 'bing' }]);
  });

  it('is what the gateway left out, and why', () => {
    const site = { id: 'shop', problem: 'The id is taken.', connections: [{ ...settings, problem: 'Enter the secret again.' }] };
    expect(siteActionItems(seen({ site }))).toEqual([
      { level: 'problem', says: 'The id is taken.', place: 'settings' },
      { level: 'problem', says: 'bing: Enter the secret again.', place: 'connection', connection: 'bing' },
    ]);
  });

  it('is a door that refuses many, and not one that refuses a few', () => {
    expect(siteActionItems(seen({ today: day({ refused: 10 }), yesterday: day({ refused: 2 }) }))).toMatchObject([
      { says: '12 of what came today and yesterday (6%) was not accepted. See which field is wrong.', place: 'rejections' },
    ]);
    expect(siteActionItems(seen({ today: day({ refused: 4 }) }))).toEqual([]);
    expect(siteActionItems(seen({ today: day({ received: 1, refused: 3 }), yesterday: day({ received: 0 }) }))).toEqual([]);
  });

  it('is a silence after a day with events, once the day is old enough', () => {
    const silent = { today: day({ received: 0 }), yesterday: day({ received: 312 }) };
    expect(siteActionItems(seen(silent))).toMatchObject([{ level: 'warning', place: 'set-up' }]);
    expect(siteActionItems(seen({ ...silent, now: since + hourMs }))).toEqual([]);
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
    expect(siteActionItems(seen({ steps }))).toEqual([
      { level: 'warning', says: 'Nobody says it.', place: 'consent' },
      { level: 'warning', says: 'Nobody says it.', place: 'guide', guide: 'guides/dual-tracking' },
    ]);
  });

  it('is the whole gateway where the log cannot be written', () => {
    const log = { writable: false, problem: 'The disk is full. Make room.', records: 1, bytes: 1 };
    expect(gatewayActionItems({ log })).toEqual([
      { level: 'problem', says: 'No events are taken: The disk is full. Make room.' },
    ]);
    expect(gatewayActionItems({ log: { writable: true, records: 1, bytes: 1 } })).toEqual([]);
    const forServers = { writable: true, browserProblem: 'The disk is nearly full. Make room.', records: 1, bytes: 1 };
    expect(gatewayActionItems({ log: forServers })).toEqual([
      { level: 'problem', says: 'No events of browsers are taken: The disk is nearly full. Make room.' },
    ]);
  });

  it('is a daily budget that browsers have used up, and none that they have not', () => {
    const left = { used: 1, limit: 20_000 };
    const budget = { visitors: left, links: left, purchases: left };
    expect(siteActionItems(seen({ budget }))).toEqual([]);
    const spent = { used: 20_000, limit: 20_000 };
    expect(siteActionItems(seen({ budget: { visitors: spent, links: left, purchases: spent } }))).toMatchObject([
      { level: 'problem', says: expect.stringMatching(/^Browsers alone reported 20,000 purchases today\. .* not sent/) },
      { level: 'warning', says: expect.stringMatching(/^Browsers made 20,000 new visitors today/) },
    ]);
  });

  it('tells of a file that a customer asked the shop for', () => {
    expect(siteActionItems(seen({ files: 1 }))).toMatchObject([
      { level: 'warning', place: 'settings', says: expect.stringMatching(/^A customer asked the shop for their data/) },
    ]);
    expect(siteActionItems(seen({ files: 2 }))).toMatchObject([{ says: expect.stringMatching(/^2 customers/) }]);
  });
});
