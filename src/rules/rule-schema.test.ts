import { RE2JS } from 're2js';
import { describe, expect, it, vi } from 'vitest';
import { toProblems } from '../config/sites.ts';
import { rulesSchema } from './rule-schema.ts';

/** Returns the problems of one rule, by the path of the field. */
function findProblems(rule: Readonly<Record<string, unknown>>): readonly (readonly [string, string])[] {
  const input = { id: 'wholesale', when: { field: 'name', is: 'equals', value: 'Purchase' }, then: { skip: true }, ...rule };
  return (rulesSchema.safeParse([input]).error?.issues ?? []).flatMap(toProblems).map(({ path, message }) => [path, message]);
}

describe('rulesSchema', () => {
  it('completes a rule when it has only an id, a condition and an action', () => {
    const when = { field: 'commerce.tags', is: 'contains', value: 'wholesale' };
    const [rule] = rulesSchema.parse([{ id: 'wholesale', when, then: { rename: 'purchase' } }]);
    expect(rule).toEqual({ id: 'wholesale', name: 'wholesale', when, then: { rename: 'Purchase' }, enabled: true });
  });

  it('reports every problem at once, each with its field, when a rule has several', () => {
    const rule = {
      id: 'Not an id',
      enabled: 'yes',
      when: { all: [{ field: 'user.email', is: 'equals', value: 'x' }, { any: [] }, { field: 'commerce.value', is: 'less' }] },
      then: { set: { 'commerce.orderId': 'x', 'commerce.value': { minus: ['user.phone'] } } },
      colour: 'red',
    };
    expect(findProblems(rule).map(([path]) => path)).toEqual([
      '[0].colour',
      '[0].id',
      '[0].enabled',
      '[0].when.all[0].is',
      '[0].when.all[1].any',
      '[0].when.all[2].value',
      '[0].then.set.commerce.orderId',
      '[0].then.set.commerce.value.minus',
    ]);
  });

  it.each([
    ['a look-behind, which RE2 has not', { when: { field: 'name', is: 'matches', value: '(?<=a)b' } }, /RE2/],
    ['a personal field that is compared', { when: { field: 'user.phone', is: 'contains', value: '1' } }, /only whether/],
    ['a personal field that is written', { then: { set: { 'user.email': 'x' } } }, /may write/],
    ['a text of a property that is copied', { then: { set: { 'goal.label': { from: 'properties.note' } } } }, /may be personal/],
    ['an e-mail address as a constant', { then: { set: { 'goal.label': 'jane@shop.example' } } }, /without `@`/],
    ['a purchase that is added', { then: { also: { name: 'purchase' } } }, /count twice/],
    ['two actions', { then: { skip: true, rename: 'Lead' } }, /one action/],
    [
      'a range whose ends are exchanged',
      { when: { field: 'commerce.value', is: 'between', value: [9, 1] } },
      /smaller one first/,
    ],
    ['a signal as a name', { then: { rename: '$identify' } }, /event name/],
  ])('refuses %s', (_, rule, message) => {
    expect(findProblems(rule).map(([, text]) => text)).toEqual([expect.stringMatching(message)]);
  });

  it('refuses an id that an earlier rule has', () => {
    const rule = { id: 'a', when: { field: 'name', is: 'present' }, then: { skip: true } };
    expect(rulesSchema.safeParse([rule, rule]).error?.issues[0]?.path).toEqual([1, 'id']);
  });

  it('refuses conditions that are nested too deep, or too many', () => {
    const test = { field: 'name', is: 'present' };
    const deep = { not: { not: { not: { not: { not: test } } } } };
    expect(findProblems({ when: deep })).toEqual([[expect.any(String), expect.stringMatching(/5 deep/)]]);
    expect(findProblems({ when: { all: Array(60).fill(test) } })).toEqual([
      [expect.any(String), expect.stringMatching(/50 conditions/)],
    ]);
  });

  it('refuses a list of more than 48 KiB', () => {
    const when = { field: 'commerce.coupon', is: 'in', value: Array.from({ length: 200 }, (_, index) => `coupon-${index}`) };
    const list = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ id: `r${index}`, when, then: { skip: true } }));
    expect(rulesSchema.safeParse(list(15)).success).toBe(true);
    expect(rulesSchema.safeParse(list(20)).error?.issues).toMatchObject([{ message: expect.stringMatching(/at most 48 KiB/) }]);
  });

  it('refuses regular expressions that have too many steps together, because each character of a text may need all of them', () => {
    const list = (...patterns: readonly string[]) =>
      patterns.map((value, index) => ({
        id: `r${index}`,
        when: { not: { field: 'name', is: 'matches', value } },
        then: { skip: true },
      }));
    const usual = Array.from({ length: 20 }, (_, index) => `/campaign-${index}(/|$)`);
    expect(rulesSchema.safeParse(list(...usual)).success).toBe(true);
    const dates = String.raw`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{3})?Z$`;
    expect(rulesSchema.safeParse(list(dates, '[a-zà-ÿ]{2,40}', String.raw`^\p{Lu}{3}-(?:[0-9a-f]{4}){3}$`)).success).toBe(true);
    for (const patterns of [['(a?){200}a{200}'], [...usual, ...usual]])
      expect(rulesSchema.safeParse(list(...patterns)).error?.issues.map(({ message }) => message)).toEqual([
        expect.stringMatching(/more than 500 steps/),
      ]);
  });

  it.each([
    ['repeats a long part', `(?:${'a'.repeat(480)}){1000}`],
    ['repeats repetitions', `(?:(?:${'a'.repeat(60)}){10}){10}`],
    ['has large classes without case', `(?i)[${'B-\u{1e000}'.repeat(100)}]`],
    ['has Unicode classes without case', `(?i)[${String.raw`\pL`.repeat(100)}]`],
  ])('refuses a regular expression without compiling it when it %s', (_, value) => {
    const compile = vi.spyOn(RE2JS, 'compile');
    const when = { any: Array(40).fill({ field: 'name', is: 'matches', value }) };
    expect(findProblems({ when })).toEqual([['[0].when.any[0].value', expect.stringMatching(/more than 500 steps/)]]);
    expect(compile).not.toHaveBeenCalled();
    compile.mockRestore();
  });

  it('compiles each regular expression once, and none after the first excess', () => {
    const compile = vi.spyOn(RE2JS, 'compile');
    const when = { any: Array(40).fill({ field: 'name', is: 'matches', value: `${'a'.repeat(30)}{60}` }) };
    expect(findProblems({ when })).toHaveLength(1);
    expect(compile).toHaveBeenCalledTimes(6);
    compile.mockRestore();
  });

  it('refuses more than 300 conditions in a list', () => {
    const when = { all: Array(40).fill({ field: 'name', is: 'present' }) };
    const list = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ id: `r${index}`, when, then: { skip: true } }));
    expect(rulesSchema.safeParse(list(7)).success).toBe(true);
    expect(rulesSchema.safeParse(list(8)).error?.issues).toMatchObject([
      { message: expect.stringMatching(/at most 300 conditions/) },
    ]);
  });
});
