import { describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../../event/units.ts';
import type { SiteFacts } from '../../issues/facts/facts.ts';
import { createFacts, createSiteFacts, evaluate, findKeys, now } from './evaluate.fixture.ts';

const silent = (since: number, earlier: readonly number[]) => ({ since, earlier });

it('a silence is an alert only if this many orders usually arrive in its time', () => {
  const orders = (earlier: readonly number[], since = now - hourMs) =>
    findKeys(createFacts([createSiteFacts([], { silences: { orders: silent(since, earlier) } })]));
  expect(orders([8, 9, 7, 12])).toEqual(['no-orders:default/shop']);
  expect(orders([8, 7, 7, 12])).toEqual([]);
  expect(orders([30])).toEqual([]);
  expect(orders([])).toEqual([]);
  expect(orders([90, 90, 90, 90], now - 15 * dayMs)).toEqual([]);
});

it('the pixel is missing if only browsers are silent', () => {
  const browserEvents = silent(now - 2 * hourMs, [50, 60, 70, 80]);
  expect(findKeys(createFacts([createSiteFacts([], { silences: { browserEvents } })]))).toEqual(['pixel-missing:default/shop']);
  const events = silent(now - hourMs, [10, 10, 10, 10]);
  expect(findKeys(createFacts([createSiteFacts([], { silences: { browserEvents, events } })]))).toEqual([
    'pixel-missing:default/shop',
  ]);
  const all = silent(now - 2 * hourMs, [50, 60, 70, 80]);
  expect(findKeys(createFacts([createSiteFacts([], { silences: { browserEvents, events: all } })]))).toEqual([
    'no-events:default/shop',
  ]);
});

describe('a secret key that a page used', () => {
  const [first, second] = ['9f86d081884c', '2c26b46b68ff'];
  const facts = (...ids: readonly string[]) => {
    const distrustedKeys = ids.map((id) => ({ id, name: 'secret key file-1', since: now - hourMs }));
    const counts = { received: 0, rejected: 0, unexplained: 0 };
    return createFacts([createSiteFacts([], { setup: { connections: [], counts, files: 0, steps: [], distrustedKeys } })]);
  };
  const key = (id: string) => `key-distrusted:default/shop/${id}`;

  it('is an urgent alert of its own, with the issue of the key', () => {
    expect(findKeys(facts())).toEqual([]);
    expect(findKeys(facts(first, second))).toEqual([key(first), key(second)]);
    expect(evaluate(facts(first)).find((one) => one.key === key(first))).toMatchObject({
      site: 'shop',
      issue: `key-distrusted/shop/${first}`,
      verdict: { severity: 'urgent', title: 'A page uses a secret key', since: now - hourMs },
    });
  });

  it('is none below the threshold of a rule', () => {
    const rules = [{ on: 'key-distrusted', threshold: 2 }] as const;
    expect(findKeys(facts(first), { rules })).toEqual([]);
    expect(findKeys(facts(first, second), { rules })).toHaveLength(2);
  });

  it('ends once the key is trusted again, and not while the settings are unread', () => {
    const open = new Set([key(first)]);
    const judge = (some: ReturnType<typeof facts>) =>
      evaluate(some, { open }).flatMap((one) => (one.key === key(first) ? [one.verdict] : []));
    expect(judge(facts(second))).toEqual(['fine']);
    expect(judge(createFacts([createSiteFacts([])]))).toEqual(['unknown']);
  });
});

describe('contested events', () => {
  const find = (contested: SiteFacts['contested']) => findKeys(createFacts([createSiteFacts([], { contested })]));
  const alert = ['consent-differs:default/shop'];

  it('are an alert from three in an hour on', () => {
    expect(find({ hour: 2, day: 2, orders: 1_000 })).toEqual([]);
    expect(find({ hour: 3, day: 3, orders: 1_000 })).toEqual(alert);
  });

  it("are an alert from 2% of a day's orders on", () => {
    expect(find({ hour: 0, day: 19, orders: 1_000 })).toEqual([]);
    expect(find({ hour: 0, day: 20, orders: 1_000 })).toEqual(alert);
    expect(find({ hour: 1, day: 1, orders: 51 })).toEqual([]);
    expect(find({ hour: 1, day: 1, orders: 50 })).toEqual(alert);
    const share = evaluate(createFacts([createSiteFacts([], { contested: { hour: 0, day: 20, orders: 1_000 } })]));
    expect(JSON.stringify(share)).toContain('for 20 orders of the last 24 hours that');
    const rules = [{ on: 'consent-differs', threshold: 0 }] as const;
    expect(findKeys(createFacts([createSiteFacts([])]), { rules })).toEqual([]);
  });
});

describe('the daily budget', () => {
  const unused = { used: 0, limit: 1 };
  const use = (purchases: number, bytes: number) => {
    const used = { purchases: { used: purchases, limit: 100 }, bytes: { used: bytes, limit: 1_000 } };
    return createFacts([createSiteFacts([], { budget: { visitors: unused, links: unused, ...used } })]);
  };
  const half = 'over-budget:default/shop';
  const all = 'over-budget:used-up/shop';

  it('is an alert when half of it is used, and an urgent one of its own when it is used up', () => {
    expect(findKeys(use(49, 499))).toEqual([]);
    expect(findKeys(use(50, 0))).toEqual([half]);
    expect(findKeys(use(0, 500))).toEqual([half]);
    expect(findKeys(use(100, 0))).toEqual([half, all]);
    const rules = [{ on: 'over-budget', threshold: 0.9 }] as const;
    expect(findKeys(use(60, 1_000), { rules })).toEqual(['over-budget:0.9/shop', all]);
    const [first, second] = evaluate(use(0, 1_000), { rules });
    expect(first?.verdict).toMatchObject({ severity: 'note', figures: [{ label: 'Bytes of browsers', value: '100% of 1,000' }] });
    expect(second?.verdict).toMatchObject({
      severity: 'urgent',
      sentence: expect.stringContaining('refused until midnight UTC'),
    });
    expect(second?.verdict).toMatchObject({ remedy: expect.not.stringContaining('purchases`') });
  });
});
