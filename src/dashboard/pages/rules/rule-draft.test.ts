import { describe, expect, it } from 'vitest';
import type { RuleFieldView } from '../../../api/client.ts';
import { createDraft, createRuleId, moveItem, replaceItem, toDraft, toRuleInput } from './rule-draft.ts';
import { beginEdit, editList, findChangedLists, isOutdated } from './rule-edits.ts';

const field = (path: string, type: RuleFieldView['type']): RuleFieldView => ({
  path,
  type,
  label: path,
  operators: [],
  isWritable: true,
  values: [],
});
const fields = [field('commerce.value', 'number'), field('commerce.tags', 'list'), field('goal.label', 'text')];

describe('the form of a rule', () => {
  const conditions = [
    { field: 'commerce.tags', is: 'contains', value: '12' },
    { field: 'commerce.value', is: 'between', value: [1, 2.5] },
    { field: 'user.email', is: 'absent' },
    {
      any: [
        { field: 'commerce.value', is: 'in', value: [1, 2] },
        { field: 'properties.x', is: 'greater', value: 3 },
      ],
    },
    {
      all: [
        { field: 'name', is: 'present' },
        {
          not: {
            any: [
              { field: 'name', is: 'equals', value: 'a' },
              { field: 'name', is: 'present' },
            ],
          },
        },
      ],
    },
    { not: { field: 'name', is: 'equals', value: 'Lead' } },
  ];
  const actions = [
    { skip: true },
    { rename: 'Wholesale' },
    { also: { name: 'HighValueOrder' } },
    { set: { 'commerce.value': { minus: ['commerce.tax'] }, 'goal.label': '12' } },
    { set: { 'commerce.value': 12.5 } },
    { set: { 'commerce.value': { from: 'properties.margin' } } },
  ];

  it.each(conditions)('keeps the condition %j', (when) => {
    const draft = toDraft({ id: 'a', name: 'A', enabled: true, when, then: { skip: true }, text: '' });
    expect(toRuleInput(draft, fields).when).toEqual(when);
  });

  it.each(actions)('keeps the action %j', (action) => {
    const draft = toDraft({ id: 'a', name: 'A', enabled: false, when: { field: 'name', is: 'present' }, then: action, text: '' });
    expect(toRuleInput(draft, fields)).toMatchObject({ id: 'a', enabled: false, then: action });
  });

  it('leaves a text that is no number to the gateway, which names the problem', () => {
    const when = { field: 'commerce.value', is: 'greater', value: 'ten' };
    const draft = toDraft({ id: 'a', name: 'A', enabled: true, when, then: { skip: true }, text: '' });
    expect(toRuleInput(draft, fields).when).toEqual(when);
  });
});

it('createRuleId makes an id of the name that no other rule has', () => {
  expect(createRuleId('Größere Bestellungen!', [])).toBe('gro-ere-bestellungen');
  expect(createRuleId('★', [{ id: 'rule' }])).toBe('rule-2');
});

it('moveItem and replaceItem leave the list as it was when the place is outside of it', () => {
  expect(moveItem(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b']);
  expect(moveItem(['a'], 0, 1)).toEqual(['a']);
  expect(moveItem(['a'], Number.NaN, 0)).toEqual(['a']);
  expect(replaceItem(['a', 'b'], 0, undefined)).toEqual(['b']);
});

describe('the unsaved rules of a list', () => {
  const [first, second, third] = ['one', 'two', 'three'].map((name) => ({ ...createDraft(), id: name, name }));
  const [saved, mine, theirs] = [first, second, third].map((rule) => (rule ? [rule] : []));
  if (!saved || !mine || !theirs) throw new Error('no rules');

  it('stay when other lists and the saved rules change, and are outdated when the saved ones of their list changed', () => {
    const edits = editList(editList({}, 'bing', saved, mine), '', saved, theirs);
    expect(findChangedLists(edits, { '': saved, bing: saved })).toEqual(['bing', '']);
    expect([isOutdated(edits.bing, saved), isOutdated(edits.bing, theirs), isOutdated(undefined, theirs)]).toEqual([
      false,
      true,
      false,
    ]);
    const again = editList(edits, 'bing', theirs, [...mine, ...saved]);
    expect(isOutdated(again.bing, theirs)).toBe(true);
  });

  it('are outdated when the saved ones changed while the editor was open, and stay in their places', () => {
    const opened = beginEdit({}, 'bing', saved);
    expect(opened.bing?.drafts).toEqual(saved);
    expect([findChangedLists(opened, { bing: theirs }), isOutdated(opened.bing, theirs)]).toEqual([[], false]);
    const edits = editList(opened, 'bing', theirs, mine);
    expect([findChangedLists(edits, { bing: theirs }), isOutdated(edits.bing, theirs)]).toEqual([['bing'], true]);
    expect(beginEdit(edits, 'bing', theirs)).toEqual(edits);
    expect(editList(opened, 'bing', theirs, saved)).toEqual({});
  });

  it('end when they are discarded, equal the saved ones again, or were saved', () => {
    const edits = editList({}, 'bing', saved, mine);
    expect(editList(edits, 'bing', saved, undefined)).toEqual({});
    expect(editList(edits, 'bing', saved, saved)).toEqual({});
    expect([findChangedLists(edits, { bing: mine }), isOutdated(edits.bing, mine)]).toEqual([[], false]);
  });
});
