import { describe, expect, it } from 'vitest';
import { eventFixture } from '../destinations/kit/event.fixture.ts';
import type { Condition, RuleAction } from '../event/rule.ts';
import { compileRules, createAddedId, evaluateRules } from './evaluate.ts';
import { previewRules } from './preview.ts';
import { rulesSchema } from './rule-schema.ts';

const order = eventFixture.parse({
  name: 'Purchase',
  id: 'ord-1',
  time: 1_795_514_400_000,
  reporters: ['browser', 'webhook'],
  identity: { forms: { emailPlain: 'a'.repeat(64) }, clickIds: { msclkid: { value: 'x', at: 1 } } },
  client: { country: 'DE' },
  page: { url: 'https://shop.example/thanks?x=1', browserTags: { microsoft: 'ran' } },
  commerce: {
    value: 125.4,
    currency: 'USD',
    tax: 20.1,
    shipping: 5.2,
    tags: ['Wholesale', 'b2b'],
    orderCount: 1,
    channel: 'web',
  },
  properties: {
    margin: '31.50',
    code: '0123',
    sizes: ['9', '31.50'],
    place: 'Cafe\u0301 ',
    nested: { tier: 'gold' },
    list: ['a', 'b'],
  },
});

/** Evaluates rules with these conditions and actions, named `r1`, `r2` and so on. */
function evaluate(...given: readonly (readonly [Condition, RuleAction])[]) {
  const rules = rulesSchema.parse(given.map(([when, action], index) => ({ id: `r${index + 1}`, when, then: action })));
  const compiled = compileRules('ads', rules);
  if (!compiled) throw new Error('no rules');
  return evaluateRules(compiled, order);
}

const always: Condition = { field: 'name', is: 'present' };

describe('a condition', () => {
  it.each<[boolean, Condition]>([
    [true, { field: 'commerce.tags', is: 'equals', value: 'wholesale' }],
    [false, { field: 'commerce.tags', is: 'not-equals', value: 'wholesale' }],
    [true, { field: 'commerce.coupon', is: 'not-equals', value: 'X' }],
    [true, { field: 'commerce.tags', is: 'matches', value: '^b[0-9]b$' }],
    [false, { field: 'commerce.tags', is: 'matches', value: '^wholesale$' }],
    [true, { field: 'user.country', is: 'in', value: ['FR', 'de'] }],
    [true, { field: 'commerce.orderCount', is: 'equals', value: 1 }],
    [true, { field: 'commerce.value', is: 'between', value: [125.4, 130] }],
    [false, { field: 'commerce.value', is: 'greater', value: 125.4 }],
    [false, { field: 'commerce.discount', is: 'less', value: 5 }],
    [true, { field: 'properties.margin', is: 'greater', value: 30 }],
    [true, { field: 'properties.nested.tier', is: 'starts-with', value: 'GO' }],
    [true, { field: 'properties.list', is: 'contains', value: 'b' }],
    [true, { field: 'properties.margin', is: 'equals', value: 31.5 }],
    [true, { field: 'properties.margin', is: 'in', value: ['31.5000', 'none'] }],
    [false, { field: 'properties.margin', is: 'not-equals', value: '31.5' }],
    [false, { field: 'properties.code', is: 'equals', value: '123' }],
    [true, { field: 'properties.code', is: 'equals', value: '0123' }],
    [true, { field: 'properties.sizes', is: 'greater', value: 30 }],
    [true, { field: 'properties.sizes', is: 'between', value: [8, 10] }],
    [false, { field: 'properties.sizes', is: 'less', value: 9 }],
    [true, { field: 'properties.sizes', is: 'equals', value: 31.5 }],
    [true, { field: 'properties.place', is: 'equals', value: 'caf\u00e9' }],
    [true, { field: 'properties.place', is: 'starts-with', value: 'CAF\u00c9' }],
    [true, { field: 'commerce.tags', is: 'equals', value: ' wholesale ' }],
    [false, { field: 'properties.constructor', is: 'present' }],
    [true, { field: 'user.email', is: 'present' }],
    [true, { field: 'user.phone', is: 'absent' }],
    [true, { field: 'clickIds.msclkid', is: 'present' }],
    [false, { field: 'clickIds.gclid', is: 'present' }],
    [true, { field: 'source', is: 'equals', value: 'browser' }],
    [true, { field: 'page.path', is: 'equals', value: '/thanks' }],
    [false, { not: { any: [{ field: 'commerce.channel', is: 'equals', value: 'web' }, always] } }],
    [false, { all: [always, { field: 'commerce.channel', is: 'equals', value: 'pos' }] }],
  ])('is %s: %j', (holds, condition) => {
    expect(evaluate([condition, { skip: true }]).isSkipped).toBe(holds);
  });

  it('reads the first 8,000 characters of a text or a list, and 1,000 for a regular expression', () => {
    const holds = (is: 'matches' | 'contains', value: string | string[]) => {
      const when = { field: 'properties.value', is, value: 'end' };
      const compiled = compileRules('ads', rulesSchema.parse([{ id: 'a', when, then: { skip: true } }]));
      return compiled && evaluateRules(compiled, { ...order, properties: { value } }).isSkipped;
    };
    for (const [is, chars] of [
      ['matches', 1_000],
      ['contains', 8_000],
    ] as const) {
      const text = (length: number) => `${'x'.repeat(length - 3)}end`;
      expect([chars, chars + 1].map((length) => holds(is, text(length)))).toEqual([true, false]);
      const half = 'x'.repeat(chars / 2);
      expect(
        [
          [half, 'end'],
          [half, half, 'end'],
        ].map((list) => holds(is, list)),
      ).toEqual([true, false]);
    }
  });
});

describe('previewRules', () => {
  it('ends after 3 seconds with a partial result, and lets other tasks run meanwhile', async () => {
    const compiled = compileRules('ads', rulesSchema.parse([{ id: 'a', when: always, then: { skip: true } }]));
    async function* load() {
      for (let page = 0; page < 10; page++) yield Array.from({ length: 100 }, () => ({ event: order }));
    }
    let hasRun = false;
    setImmediate(() => {
      hasRun = true;
    });
    let time = 0;
    const { events, previews } = await previewRules(compiled ? [compiled] : [], load(), () => (time += 5));
    expect([events > 100, events < 1_000, hasRun]).toEqual([true, true, true]);
    expect(previews).toMatchObject([{ skipped: events, rules: [{ id: 'a', events }] }]);
    expect(previews[0]?.affected).toHaveLength(100);
  });
});

describe('evaluateRules', () => {
  it('ends at the first rule that skips, and names it', () => {
    const { isSkipped, applied } = evaluate([always, { skip: true }], [always, { rename: 'Lead' }]);
    expect(isSkipped).toBe(true);
    expect(applied.effects).toEqual([{ rule: 'r1', did: 'skip', message: 'Rule “r1” skipped the event.' }]);
  });

  it('shows a rule the changes of those before it', () => {
    const renamed: Condition = { field: 'name', is: 'equals', value: 'Wholesale' };
    const { event, applied } = evaluate([always, { rename: 'Wholesale' }], [renamed, { set: { 'commerce.value': 1 } }]);
    expect(event.commerce.value).toBe(1);
    expect(applied.effects.map(({ message }) => message)).toEqual([
      'Rule “r1” renamed Purchase to Wholesale.',
      'Rule “r2” set `commerce.value` from 125.4 to 1.',
    ]);
  });

  it('names a text that it sets by its field alone, because the message outlives the event', () => {
    const { event, applied } = evaluate([
      always,
      { set: { 'commerce.channel': 'pos', 'goal.label': { from: 'commerce.channel' } } },
    ]);
    expect([event.commerce.channel, event.goal.label]).toEqual(['pos', 'pos']);
    expect(applied.effects.map(({ message }) => message)).toEqual([
      'Rule “r1” set `commerce.channel`.',
      'Rule “r1” set `goal.label`.',
    ]);
  });

  it('names no figure of a property, nor one that depends on it, because the message outlives the event', () => {
    const { event, applied } = evaluate(
      [always, { set: { 'commerce.tax': 21 } }],
      [always, { set: { 'commerce.value': { from: 'properties.margin' }, 'commerce.shipping': { from: 'commerce.value' } } }],
      [always, { set: { 'commerce.value': 1 } }],
    );
    expect(event.commerce).toMatchObject({ value: 1, shipping: 31.5 });
    expect(applied.effects.map(({ message }) => message)).toEqual([
      'Rule “r1” set `commerce.tax` from 20.1 to 21.',
      'Rule “r2” set `commerce.value`.',
      'Rule “r2” set `commerce.shipping`.',
      'Rule “r3” set `commerce.value`.',
    ]);
  });

  it('applies the rules of any order to one from outside the storefront after a rule renamed it', () => {
    const isPos: Condition = { field: 'commerce.channel', is: 'equals', value: 'web' };
    const net: RuleAction = { set: { 'commerce.value': { minus: ['commerce.tax'] } } };
    const rules = [
      { id: 'before', when: always, then: { set: { 'commerce.shipping': 0 } } },
      { id: 'till', when: isPos, then: { rename: 'TillOrder' } },
      { id: 'net', when: always, then: net },
    ];
    const apply = (some: readonly object[]) => {
      const compiled = compileRules('ads', rulesSchema.parse(some));
      return compiled && evaluateRules(compiled, { ...order, notSent: 'offline-order' }).event;
    };
    expect(apply(rules)).toMatchObject({ name: 'TillOrder', commerce: { value: 105.3, shipping: 5.2 } });
    expect(apply(rules.slice(2))).toMatchObject({ name: 'Purchase', commerce: { value: 125.4 } });
  });

  it('computes a value without tax and shipping, and from a property', () => {
    const net = evaluate([
      always,
      { set: { 'commerce.value': { minus: ['commerce.tax', 'commerce.shipping', 'commerce.discount'] } } },
    ]);
    expect(net.event.commerce.value).toBe(100.1);
    expect(evaluate([always, { set: { 'commerce.value': { from: 'properties.margin' } } }]).event.commerce.value).toBe(31.5);
    expect(evaluate([always, { set: { 'commerce.shipping': -0 } }]).event.commerce.shipping).toBe(0);
  });

  it('leaves a field as it was, with the reason, when the new value would be none', () => {
    const { event, applied } = evaluate([
      always,
      { set: { 'commerce.tax': { minus: ['commerce.value'] }, 'commerce.value': { from: 'properties.list' } } },
    ]);
    expect(event).toEqual(order);
    expect(applied.effects.map(({ did }) => did)).toEqual(['nothing', 'nothing']);
  });

  it('adds an event for the connection with an id of its own, even when a later rule skips the first', () => {
    const { also, isSkipped, event } = evaluate([always, { also: { name: 'HighValueOrder' } }], [always, { skip: true }]);
    expect(isSkipped).toBe(true);
    expect(event).toEqual(order);
    expect(also).toEqual([
      expect.objectContaining({
        name: 'HighValueOrder',
        id: 'ord-1~r1',
        reporter: 'webhook',
        commerce: order.commerce,
        addedBy: { rule: 'r1', connection: 'ads' },
        page: { url: 'https://shop.example/thanks?x=1', browserTags: { microsoft: 'none' } },
      }),
    ]);
  });

  it("adds an event without the person of a browser's report that the shop's does not confirm, and with a denied id of its own", () => {
    const confirmed = {
      ...order,
      identity: { forms: {}, clickIds: {}, anonymousId: 'shop-visitor' },
      commerce: { value: 99 },
    };
    const deniedId = 'd'.repeat(32);
    const compiled = compileRules('ads', rulesSchema.parse([{ id: 'a', when: always, then: { also: { name: 'Big' } } }]));
    const [added] = (compiled && evaluateRules(compiled, { ...order, confirmed, deniedId }).also) ?? [];
    expect(added).toMatchObject({ reporter: 'webhook', deniedId: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect([added?.identity, added?.commerce]).toEqual([confirmed.identity, confirmed.commerce]);
    expect(added?.deniedId).not.toBe(deniedId);
    expect(added).not.toHaveProperty('confirmed');
  });

  it('leaves disabled rules out', () => {
    const rules = rulesSchema.parse([{ id: 'a', when: always, then: { skip: true }, enabled: false }]);
    const compiled = compileRules('ads', rules);
    expect(compiled && evaluateRules(compiled, order).isSkipped).toBe(false);
    expect(compileRules('ads', [], [])).toBeUndefined();
  });

  it('keeps the id of an added event within its length, and unique', () => {
    const [one, other] = [createAddedId('a'.repeat(128), 'rule'), createAddedId(`${'a'.repeat(127)}b`, 'rule')];
    expect(one).toMatch(/^[0-9a-f]{32}~rule$/);
    expect(one).not.toBe(other);
  });
});
