import { describe, expect, it } from 'vitest';
import type { AlertRule } from '../config/alerts.ts';
import { defaultAlertRules } from '../config/alerts.ts';
import { dayMs, hourMs, minuteMs } from '../event/units.ts';
import type { AlertMute } from '../storage/store/alerts.ts';
import { evaluateRules, needsWeek } from './evaluate-rules.ts';
import type { ConnectionFacts, Facts, GatewayFacts, SiteFacts } from './facts.ts';
import { createWeekCache, readSilences } from './read-facts.ts';
import { getRhythmPeriods, getUsualCount } from './shop-rhythm.ts';

const now = Date.parse('2026-11-25T13:00:00Z');
const gibiByte = 1024 ** 3;
const none: ReadonlySet<string> = new Set();

const connection = (more: Partial<ConnectionFacts> = {}): ConnectionFacts => ({
  connection: 'bing',
  failures: 0,
  waiting: 0,
  maxAgeMs: 7 * dayMs,
  deadLetters: 0,
  deadPurchases: 0,
  day: { sent: 100, dead: 0 },
  week: { orders: 100, missing: 0, share: 1, withoutGoal: 0 },
  ...more,
});
const site = (connections: readonly ConnectionFacts[], more: Partial<SiteFacts> = {}): SiteFacts => ({
  site: 'shop',
  name: 'The Shop',
  alertUnder: 0.9,
  silences: {},
  connections,
  ...more,
});
const facts = (sites: readonly SiteFacts[], gateway: Partial<GatewayFacts> = {}): Facts => ({
  gateway: { freeBytes: 10 * gibiByte, refuses: 'nothing', channels: [], workingChannels: [], ...gateway },
  sites,
});

/** Returns the keys of the judgements whose condition holds. */
function find(all: Facts, rules: readonly AlertRule[] = defaultAlertRules, mutes: readonly AlertMute[] = [], open = none) {
  const judgements = evaluateRules(all, { rules, channels: [{ id: 'ops' }], mutes, open, now });
  return judgements.flatMap(({ key, verdict }) => (typeof verdict === 'string' ? [] : [key]));
}
const findOne = (more: Partial<ConnectionFacts>, rules?: readonly AlertRule[]) => find(facts([site([connection(more)])]), rules);

describe('conditions of a connection', () => {
  it('a healthy connection has no alert under the default rules', () => {
    expect(find(facts([site([connection()])]))).toEqual([]);
  });

  it('a pause of over 15 minutes is an alert, whatever its cause', () => {
    for (const cause of ['blocked', 'schema', 'operator'] as const) {
      expect(findOne({ pause: { cause, since: now - 15 * minuteMs } })).toEqual([]);
      expect(findOne({ pause: { cause, since: now - 15 * minuteMs - 1 } })).toEqual(['paused:default/shop/bing']);
    }
  });

  it('a platform that accepts nothing for over 30 minutes while events wait is an alert', () => {
    const failing = { failures: 9, takenAt: now - 31 * minuteMs };
    expect(findOne({ ...failing, oldest: now - hourMs })).toEqual(['retrying:default/shop/bing']);
    expect(findOne({ ...failing, oldest: now - 5 * minuteMs })).toEqual([]);
    expect(findOne(failing)).toEqual([]);
    expect(findOne({ failures: 0, takenAt: 0, oldest: now - hourMs })).toEqual([]);
    expect(findOne({ ...failing, oldest: now - hourMs, pause: { cause: 'operator', since: now } })).toEqual([]);
  });

  it('unsent events of 6 hours are an alert, and those that a platform will soon refuse are an urgent one of their own', () => {
    expect(findOne({ oldest: now - 6 * hourMs })).toEqual([]);
    expect(findOne({ oldest: now - 6 * hourMs - 1 })).toEqual(['oldest-undelivered:default/shop/bing']);
    const rules = [{ on: 'oldest-undelivered', threshold: 720 }] as const;
    const judge = (maxAgeMs: number, age: number) =>
      evaluateRules(facts([site([connection({ maxAgeMs, oldest: now - age })])]), {
        rules,
        channels: [],
        mutes: [],
        open: none,
        now,
      })
        .filter(({ verdict }) => typeof verdict === 'object')
        .map(({ key, verdict }) => [key, verdict]);
    const key = 'oldest-undelivered:nearly-lost/shop/bing';
    expect(judge(7 * dayMs, 5 * dayMs - hourMs - 1)).toEqual([]);
    expect(judge(7 * dayMs, 5 * dayMs - hourMs)).toMatchObject([
      [key, { isUrgent: true, since: now, figures: [{ label: 'Time left', value: '2 days' }, {}] }],
    ]);
    // TikTok with its tag takes events of two days, Google those of thirty.
    expect(judge(2 * dayMs, 31 * hourMs - 1)).toEqual([]);
    expect(judge(2 * dayMs, 31 * hourMs)).toMatchObject([
      [key, { sentence: expect.stringContaining('refuses events that are 2 days old'), figures: [{ value: '16 hours' }, {}] }],
    ]);
    expect(judge(30 * dayMs, 19 * dayMs)).toEqual([]);
    expect(judge(30 * dayMs, 28 * dayMs)).toMatchObject([[key, {}]]);
  });

  it('a pause names the age at which its platform refuses events', () => {
    const paused = connection({ maxAgeMs: 2 * dayMs, pause: { cause: 'operator', since: now - hourMs } });
    const [first] = evaluateRules(facts([site([paused])]), {
      rules: [{ on: 'paused' }],
      channels: [],
      mutes: [],
      open: none,
      now,
    });
    expect(first?.verdict).toMatchObject({ sentence: expect.stringContaining('until it is 2 days old') });
  });

  it('order accuracy below the limit of the site, or of the rule, is an alert', () => {
    const week = { orders: 100, missing: 15, share: 0.85, withoutGoal: 0 };
    expect(findOne({ week })).toEqual(['accuracy:default/shop/bing']);
    expect(findOne({ week }, [{ on: 'accuracy', threshold: 0.8 }])).toEqual([]);
    expect(find(facts([site([connection({ week })], { alertUnder: null })]))).toEqual([]);
    expect(findOne({ week: { ...week, orders: 19 } })).toEqual([]);
  });

  it('a large share of refused events, many dead letters and orders without a goal are alerts', () => {
    expect(findOne({ day: { sent: 95, dead: 5 } })).toEqual(['rejected-share:default/shop/bing']);
    expect(findOne({ day: { sent: 96, dead: 4 } })).toEqual([]);
    expect(findOne({ day: { sent: 0, dead: 19 } })).toEqual([]);
    expect(findOne({ deadLetters: 100 })).toEqual(['dead-letters:default/shop/bing']);
    expect(findOne({ deadLetters: 99 })).toEqual([]);
    const week = { orders: 100, missing: 0, share: 1, withoutGoal: 1 };
    expect(findOne({ week })).toEqual(['goal-missing:default/shop/bing']);
  });
});

describe('an open alert', () => {
  it('ends only when its figure is well below the threshold', () => {
    const cases = [
      { key: 'dead-letters:default/shop/bing', near: { deadLetters: 80 }, ended: { deadLetters: 79 } },
      {
        key: 'rejected-share:default/shop/bing',
        near: { day: { sent: 959, dead: 41 } },
        ended: { day: { sent: 961, dead: 39 } },
      },
    ];
    for (const { key, near, ended } of cases) {
      const judge = (more: Partial<ConnectionFacts>, open: ReadonlySet<string>) =>
        find(facts([site([connection(more)])]), defaultAlertRules, [], open);
      expect(judge(near, none)).toEqual([]);
      expect(judge(near, new Set([key]))).toEqual([key]);
      expect(judge(ended, new Set([key]))).toEqual([]);
    }
    const disk = new Set(['disk:default']);
    expect(find(facts([], { freeBytes: 4.3 * gibiByte }), defaultAlertRules, [], disk)).toEqual(['disk:default']);
    expect(find(facts([], { freeBytes: 4.5 * gibiByte }), defaultAlertRules, [], disk)).toEqual([]);
  });
});

describe('conditions of a shop', () => {
  const silent = (since: number, earlier: readonly number[]) => ({ since, earlier });

  it('a silence is an alert only if this many orders usually arrive in its time', () => {
    const orders = (earlier: readonly number[], since = now - hourMs) =>
      find(facts([site([], { silences: { orders: silent(since, earlier) } })]));
    expect(orders([8, 9, 7, 12])).toEqual(['no-orders:default/shop']);
    expect(orders([8, 7, 7, 12])).toEqual([]);
    expect(orders([30])).toEqual([]);
    expect(orders([])).toEqual([]);
    expect(orders([90, 90, 90, 90], now - 15 * dayMs)).toEqual([]);
  });

  it('a shop whose counts were removed is not reported as recovered', async () => {
    const read = async (last: number | undefined) => {
      const range = last === undefined ? undefined : { first: now - 35 * dayMs, last };
      const silences = await readSilences(
        'shop',
        { getReceivedRange: async () => range, sumReceived: async () => 90 },
        now,
        'UTC',
      );
      const rules = [{ on: 'no-events' }, { on: 'pixel-missing' }] as const;
      return evaluateRules(facts([site([], { silences })]), { rules, channels: [], mutes: [], open: none, now }).map(
        ({ verdict }) => (typeof verdict === 'string' ? verdict : 'silent'),
      );
    };
    expect(await read(undefined)).toEqual(['unknown', 'unknown']);
    expect(await read(now - minuteMs)).toEqual(['fine', 'fine']);
    expect(await read(now - hourMs)).toEqual(['silent', 'unknown']);
  });

  it('the pixel is missing if only browsers are silent', () => {
    const browserEvents = silent(now - 2 * hourMs, [50, 60, 70, 80]);
    expect(find(facts([site([], { silences: { browserEvents } })]))).toEqual(['pixel-missing:default/shop']);
    const events = silent(now - hourMs, [10, 10, 10, 10]);
    expect(find(facts([site([], { silences: { browserEvents, events } })]))).toEqual(['pixel-missing:default/shop']);
    const all = silent(now - 2 * hourMs, [50, 60, 70, 80]);
    expect(find(facts([site([], { silences: { browserEvents, events: all } })]))).toEqual(['no-events:default/shop']);
  });

  it('a silence is compared with the same hours of the last four weeks, since the shop began', () => {
    const last = now - hourMs - 5 * minuteMs;
    const since = now - hourMs;
    const weeks = [7, 14, 21, 28].map((days) => ({ since: since - days * dayMs, until: now - days * dayMs }));
    const periods = (first: number, end: number) => getRhythmPeriods({ first, last: end }, now, 'UTC');
    expect(periods(now - 35 * dayMs, last)).toEqual({ since, earlier: weeks });
    expect(periods(now - 15 * dayMs, last).earlier).toEqual(weeks.slice(0, 2));
    const long = periods(now - 60 * dayMs, now - 9 * dayMs);
    expect(long.earlier[0]).toEqual({ since: now - 14 * dayMs, until: now - 7 * dayMs });
    expect([getUsualCount([4]), getUsualCount([4, 8]), getUsualCount([1, 100, 4]), getUsualCount([1, 2, 4, 90])]).toEqual([
      undefined,
      6,
      4,
      3,
    ]);
  });
});

describe('rules', () => {
  it('compared hours are those of the clocks, also across the end of summer time', () => {
    const at = (text: string) => Date.parse(text);
    const range = { first: at('2026-09-01T00:00:00Z'), last: at('2026-10-27T07:55:00Z') };
    const { earlier } = getRhythmPeriods(range, at('2026-10-27T09:00:00Z'), 'Europe/Berlin');
    expect(earlier.slice(0, 2)).toEqual([
      { since: at('2026-10-20T07:00:00Z'), until: at('2026-10-20T08:00:00Z') },
      { since: at('2026-10-13T07:00:00Z'), until: at('2026-10-13T08:00:00Z') },
    ]);
  });

  const paused = connection({ pause: { cause: 'blocked', since: now - dayMs } });
  const both = facts([site([paused]), site([paused], { site: 'other' })]);

  it('a rule is limited to its sites, and a muted connection has no alert until the mute ends', () => {
    expect(find(both, [{ on: 'paused', sites: ['other'] }])).toEqual(['paused:default/other/bing']);
    expect(find(both, [{ on: 'paused' }], [{ site: 'shop', connection: 'bing' }])).toEqual(['paused:default/other/bing']);
    expect(find(both, [{ on: 'paused' }], [{ site: 'shop', connection: 'bing', until: now }])).toHaveLength(2);
  });

  it('messages go to the channels of all rules with one threshold, except for channels of other sites', () => {
    const channels = [{ id: 'ops' }, { id: 'merchant', sites: ['other'] }, { id: 'mail' }];
    const rules: readonly AlertRule[] = [
      { on: 'paused', for: ['ops', 'merchant'] },
      { on: 'paused', for: ['mail', 'ops'] },
    ];
    const judgements = evaluateRules(both, { rules, channels, mutes: [], open: none, now });
    expect(judgements.filter(({ on }) => on === 'paused').map((one) => [one.site, one.channels])).toEqual([
      ['shop', ['ops', 'mail']],
      ['other', ['ops', 'merchant', 'mail']],
    ]);
  });

  it('the disk is an alert when it has little space, and urgent when events are refused', () => {
    expect(find(facts([], { freeBytes: 4 * gibiByte }))).toEqual([]);
    expect(find(facts([], { freeBytes: 4 * gibiByte - 1 }))).toEqual(['disk:default']);
    const judge = (gateway: Partial<GatewayFacts>) =>
      evaluateRules(facts([], gateway), { rules: [{ on: 'disk' }], channels: [], mutes: [], open: none, now });
    expect(judge({ refuses: 'browsers' })).toMatchObject([{ verdict: 'fine' }, { verdict: { isUrgent: true } }]);
    const node = { id: 'n1', host: 'web-1' };
    expect(judge({ freeBytes: 0, node })).toMatchObject([
      { key: 'disk:default/n1', node: 'n1', verdict: { title: 'The disk of web-1 is nearly full' } },
      { key: 'disk:default/n1/refused', node: 'n1' },
    ]);
  });

  it('a channel works again only when it accepted a message', () => {
    const judge = (workingChannels: readonly string[]) =>
      evaluateRules(facts([], { workingChannels }), { rules: [], channels: [{ id: 'ops' }], mutes: [], open: none, now })[0]
        ?.verdict;
    expect([judge([]), judge(['ops'])]).toEqual(['unknown', 'fine']);
  });

  it('a channel that fails is reported to the first channel that works', () => {
    const failing = (channel: string) => ({
      channel,
      failingSince: now,
      problem: 'the response was HTTP 404',
      isUnclear: false,
      missed: ['a'],
    });
    const channels = [{ id: 'ops' }, { id: 'merchant', sites: ['shop'] }, { id: 'mail' }];
    const judge = (...names: readonly string[]) =>
      evaluateRules(facts([], { channels: names.map(failing), workingChannels: ['merchant', 'mail'] }), {
        rules: [],
        channels,
        mutes: [],
        open: none,
        now,
      });
    expect(judge('ops').map((one) => [one.key, one.channels])).toEqual([
      ['channel-failing/ops', ['mail']],
      ['channel-failing/merchant', []],
      ['channel-failing/mail', []],
    ]);
    expect(judge('ops').map(({ verdict }) => verdict === 'fine')).toEqual([false, true, true]);
    expect(judge('ops', 'mail').map((one) => one.channels)).toEqual([[], [], []]);
  });
});

describe('order accuracy', () => {
  it('the orders of a site are read once an hour, a share of the sites in each round', async () => {
    const sites = Array.from({ length: 400 }, (_, index) => ({
      id: `s${index}`,
      name: 'Shop',
      connections: [],
      accuracy: { alertUnder: null },
    }));
    const reads = new Map<string, number>();
    let at = now;
    let total = 0;
    const getWeek = async ({ id }: { readonly id: string }) => {
      total += 1;
      reads.set(id, (reads.get(id) ?? 0) + 1);
      return new Map();
    };
    const cacheWeeks = createWeekCache({ getWeek, now: () => at });
    const runRound = async () => {
      const before = total;
      const readWeek = cacheWeeks(sites.map(({ id }) => id));
      const weeks = await Promise.all(sites.map(readWeek));
      at += minuteMs;
      return { reads: total - before, unread: weeks.filter((week) => week === 'unread').length };
    };
    expect(await runRound()).toEqual({ reads: 10, unread: 390 });
    for (let round = 1; round < 60; round += 1) await runRound();
    expect([...new Set(reads.values())]).toEqual([1]);
    expect(reads.size).toBe(400);
    expect(await runRound()).toEqual({ reads: 10, unread: 0 });
  });

  it('only rules on orders of the site need them, and a verdict waits for them', () => {
    const rules: readonly AlertRule[] = [{ on: 'paused' }, { on: 'accuracy', sites: ['shop'] }];
    expect([needsWeek(rules, 'shop'), needsWeek(rules, 'other'), needsWeek([{ on: 'disk' }], 'shop')]).toEqual([
      true,
      false,
      false,
    ]);
    const verdicts = evaluateRules(facts([site([connection({ week: 'unread' })])]), {
      rules: [{ on: 'accuracy' }, { on: 'goal-missing' }],
      channels: [],
      mutes: [],
      open: none,
      now,
    }).map(({ verdict }) => verdict);
    expect(verdicts).toEqual(['unknown', 'unknown']);
  });
});
