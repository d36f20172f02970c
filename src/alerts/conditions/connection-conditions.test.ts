import { expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../event/units.ts';
import type { ConnectionConditionInput } from '../../issues/facts/facts.ts';
import { toConnectionMoney } from '../../issues/facts/money.ts';
import { createConnectionInput, createFacts, createSiteFacts, evaluate, findKeys, now } from './evaluate.fixture.ts';
import type { EvaluationDeps } from './evaluate-rules.ts';

const findOne = (more: Partial<ConnectionConditionInput>, deps?: Partial<EvaluationDeps>) =>
  findKeys(createFacts([createSiteFacts([createConnectionInput(more)])]), deps);

it('a healthy connection has no alert under the default rules', () => {
  expect(findKeys(createFacts([createSiteFacts([createConnectionInput()])]))).toEqual([]);
});

it('a pause of over 15 minutes is an alert, whatever its cause', () => {
  for (const cause of ['blocked', 'schema', 'operator'] as const) {
    expect(findOne({ pause: { cause, since: now - 15 * minuteMs } })).toEqual([]);
    expect(findOne({ pause: { cause, since: now - 15 * minuteMs - 1 } })).toEqual(['paused:default/shop/bing']);
  }
});

it('a platform that accepts nothing for over 30 minutes while events wait is an alert', () => {
  const failing = { failures: 9, takenAt: now - 31 * minuteMs };
  expect(findOne({ ...failing, waitingSince: now - hourMs })).toEqual(['retrying:default/shop/bing']);
  expect(findOne({ ...failing, waitingSince: now - 5 * minuteMs })).toEqual([]);
  expect(findOne(failing)).toEqual([]);
  // The events happened earlier than they were received.
  expect(findOne({ ...failing, oldest: now - hourMs, waitingSince: now - minuteMs })).toEqual([]);
  expect(findOne({ failures: 0, takenAt: 0, waitingSince: now - hourMs })).toEqual([]);
  expect(findOne({ ...failing, waitingSince: now - hourMs, pause: { cause: 'operator', since: now } })).toEqual([]);
});

it('unsent events of 6 hours are an alert, and those that a platform will soon refuse are an urgent one of their own', () => {
  expect(findOne({ waitingSince: now - 6 * hourMs })).toEqual([]);
  expect(findOne({ waitingSince: now - 6 * hourMs - 1 })).toEqual(['oldest-undelivered:default/shop/bing']);
  // Imported orders happened long before they were received.
  expect(findOne({ oldest: now - 2 * dayMs, waitingSince: now - minuteMs })).toEqual([]);
  const rules = [{ on: 'oldest-undelivered', threshold: 720 }] as const;
  const judge = (maxAgeMs: number, age: number) =>
    evaluate(createFacts([createSiteFacts([createConnectionInput({ maxAgeMs, oldest: now - age })])]), {
      rules,
    })
      .filter(({ verdict }) => typeof verdict === 'object')
      .map(({ key, verdict }) => [key, verdict]);
  const key = 'oldest-undelivered:nearly-lost/shop/bing';
  expect(judge(7 * dayMs, 5 * dayMs - hourMs - 1)).toEqual([]);
  expect(judge(7 * dayMs, 5 * dayMs - hourMs)).toMatchObject([
    [key, { severity: 'urgent', since: now, figures: [{ label: 'Time left', value: '2 days' }, {}] }],
  ]);
  // TikTok with its tag takes events of two days, Google those of thirty.
  expect(judge(2 * dayMs, 31 * hourMs - 1)).toEqual([]);
  expect(judge(2 * dayMs, 31 * hourMs)).toMatchObject([
    [key, { sentence: expect.stringContaining('the first are lost in 16 hours'), figures: [{ value: '16 hours' }, {}] }],
  ]);
  expect(judge(30 * dayMs, 19 * dayMs)).toEqual([]);
  expect(judge(30 * dayMs, 28 * dayMs)).toMatchObject([[key, {}]]);
});

it('an alert of a failing platform names its last answer, or why there was none', () => {
  const name = (more: Partial<ConnectionConditionInput>) => {
    const failing = createConnectionInput({ failures: 9, takenAt: 0, waitingSince: now - hourMs, ...more });
    const [first] = evaluate(createFacts([createSiteFacts([failing])]), { rules: [{ on: 'retrying' }] });
    return first?.verdict;
  };
  const answer = (value: string) => ({ figures: [{}, { label: 'Last answer', value }, {}] });
  expect(name({ status: 503 })).toMatchObject(answer('HTTP 503'));
  expect(name({ code: 'ECONNREFUSED' })).toMatchObject(answer('Connection refused'));
  expect(name({})).toMatchObject(answer('No answer'));
});

it('a pause for answers in an unknown form names the endpoint, and not the token', () => {
  const paused = createConnectionInput({ pause: { cause: 'blocked', code: 'answer-unknown', since: now - hourMs } });
  const [first] = evaluate(createFacts([createSiteFacts([paused])]), { rules: [{ on: 'paused' }] });
  expect(first?.verdict).toMatchObject({ remedy: expect.stringContaining('Check `endpoint`') });
  expect(JSON.stringify(first)).not.toContain('Check the token');
});

it('a message and the page state for how long, what waits, what it is worth and when it is lost', () => {
  const paused = createConnectionInput({
    ...{ maxAgeMs: 2 * dayMs, pause: { cause: 'blocked', since: now - 20 * hourMs }, oldest: now - 20 * hourMs },
    ...{ waiting: 4_440, money: { waiting: [{ amount: 31_200, currency: 'EUR' }], dead: [] } },
  });
  const [first] = evaluate(createFacts([createSiteFacts([paused])]), { rules: [{ on: 'paused' }] });
  expect(first).toMatchObject({
    issue: 'delivery/shop/bing',
    verdict: {
      title: 'Bing refuses the token',
      sentence:
        'Bing has refused the token for 20 hours; 4,440 events wait, worth EUR\u00a031,200.00; the first are lost in 27 hours.',
      events: 4_440,
    },
  });
});

it('a worth from which purchases are lacking is a lower bound', () => {
  const sums = (currency: string, orders: number, amount: number) => ({ currency, orders, amount });
  const waiting = [sums('USD', 1, 40), sums('EUR', 2, 31_200.5)];
  const read = (money: ConnectionConditionInput['money']) => {
    const paused = createConnectionInput({ pause: { cause: 'blocked', since: now - hourMs }, waiting: 9, money });
    const [first] = evaluate(createFacts([createSiteFacts([paused])]), { rules: [{ on: 'paused' }] });
    return typeof first?.verdict === 'object' && first.verdict.sentence.replaceAll('\u00a0', ' ').split('; ').at(-1);
  };
  expect(read(toConnectionMoney({ waiting, deadLetters: [] }, undefined))).toBe(
    '9 events wait, worth EUR 31,200.50 and USD 40.00.',
  );
  const atLeast = '9 events wait, worth at least EUR 31,200.50 and USD 40.00.';
  expect(read(toConnectionMoney({ waiting, deadLetters: [] }, 0))).toBe(atLeast);
  expect(read(toConnectionMoney({ waiting: [...waiting, sums('', 3, 0)], deadLetters: [] }, undefined))).toBe(atLeast);
  expect(read(toConnectionMoney({ waiting: [sums('', 3, 0)], deadLetters: [] }, 0))).toBe('9 events wait.');
  const many = toConnectionMoney(
    { waiting: [], deadLetters: ['A', 'B', 'C', 'D', 'E', 'F'].map((one) => sums(one, 1, 1)) },
    undefined,
  );
  expect(many).toMatchObject({ dead: { length: 5 }, lacking: ['dead'] });
});

it('a loss that the clock may only seem to show is neither urgent nor stated', () => {
  const late = createConnectionInput({
    maxAgeMs: 2 * dayMs,
    oldest: now - 50 * hourMs,
    waitingSince: now - 50 * hourMs,
    waiting: 1,
    isLossDoubtful: true,
  });
  const [first] = evaluate(createFacts([createSiteFacts([late])]), { rules: [{ on: 'oldest-undelivered' }] });
  expect(first?.verdict).toMatchObject({ severity: 'warning', sentence: 'Bing is behind; 1 event waits.' });
});

it('order accuracy below the limit of the site, or of the rule, is an alert', () => {
  const week = { orders: 100, missing: 15, share: 0.85, withoutGoal: 0 };
  expect(findOne({ week })).toEqual(['accuracy:default/shop/bing']);
  expect(findOne({ week }, { rules: [{ on: 'accuracy', threshold: 0.8 }] })).toEqual([]);
  expect(findKeys(createFacts([createSiteFacts([createConnectionInput({ week })], { alertUnder: null })]))).toEqual([]);
  expect(findOne({ week: { ...week, orders: 19 } })).toEqual([]);
});

it('a large share of refused events, many failed events and orders without a goal are alerts', () => {
  expect(findOne({ day: { sent: 95, dead: 5 } })).toEqual(['rejected-share:default/shop/bing']);
  expect(findOne({ day: { sent: 96, dead: 4 } })).toEqual([]);
  expect(findOne({ day: { sent: 0, dead: 19 } })).toEqual([]);
  expect(findOne({ deadLetters: 100 })).toEqual(['dead-letters:default/shop/bing']);
  expect(findOne({ deadLetters: 99 })).toEqual([]);
  const week = { orders: 100, missing: 0, share: 1, withoutGoal: 1 };
  expect(findOne({ week })).toEqual(['goal-missing:default/shop/bing']);
});

it('accepted events that no goal counts are an alert, unless the last check of the goals is old', () => {
  const uncounted = [{ name: 'lead', events: 3 }];
  expect(findOne({ account: { checkedAt: now, uncounted } })).toEqual(['goal-uncounted:default/shop/bing']);
  expect(findOne({ account: { checkedAt: now, uncounted: [{ name: 'lead', events: 0 }] } })).toEqual([]);
  expect(findOne({ account: { checkedAt: now - 3 * dayMs, uncounted } })).toEqual([]);
  expect(findOne({ account: { uncounted: [] } })).toEqual([]);
  const judge = (more: Partial<ConnectionConditionInput>) =>
    evaluate(createFacts([createSiteFacts([createConnectionInput(more)])])).filter(({ on }) => on === 'goal-uncounted');
  const many = Array.from({ length: 200 }, (_, nth) => ({ name: `made${nth}`, events: nth + 1 }));
  expect(judge({ account: { checkedAt: now, uncounted: many } })).toMatchObject([
    { verdict: { sentence: expect.stringMatching(/`made199`, .* and 195 more\.$/) } },
  ]);
  // Nothing is known about the goals of a disconnected account, so the end of the alert reports no goals.
  expect(judge({})).toEqual([]);
});
