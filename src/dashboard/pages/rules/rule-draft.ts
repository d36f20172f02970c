import type { ApiBody, RuleFieldView, RuleView } from '../../../api/client.ts';
import type { Operator } from '../../../event/rule.ts';

/** The form of a rule: groups and tests with texts as the inputs have them. */

export interface DraftTest {
  readonly field: string;
  readonly is: Operator;
  /** One text, two for `between`, any number for `in`. */
  readonly values: readonly string[];
}

export type GroupMode = 'all' | 'any' | 'none';

export interface DraftGroup {
  readonly mode: GroupMode;
  readonly parts: readonly (DraftTest | DraftGroup)[];
}

export type SetKind = 'constant' | 'from' | 'minus';

export interface DraftSet {
  readonly field: string;
  readonly kind: SetKind;
  readonly values: readonly string[];
}

export type ActionKind = 'skip' | 'rename' | 'set' | 'also';

export interface DraftRule {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly when: DraftGroup;
  readonly action: ActionKind;
  /** The new name for `rename` and `also`. */
  readonly newName: string;
  readonly sets: readonly DraftSet[];
}

export type RuleInput = ApiBody<'PUT /api/sites/:site/rules'>['rules'][number];
type Json = RuleInput[string];

export const emptyTest: DraftTest = { field: 'name', is: 'equals', values: ['Purchase'] };
export const emptySet: DraftSet = { field: 'commerce.value', kind: 'minus', values: ['commerce.tax', 'commerce.shipping'] };

export function isGroup(part: DraftTest | DraftGroup): part is DraftGroup {
  return 'mode' in part;
}

export function createDraft(): DraftRule {
  const when: DraftGroup = { mode: 'all', parts: [emptyTest] };
  return { id: '', name: '', enabled: true, when, action: 'skip', newName: '', sets: [emptySet] };
}

/** Returns the form of a stored rule. */
export function toDraft({ id, name, enabled, when, then: action }: RuleView): DraftRule {
  const part = toPart(when);
  const { rename, also, set } = action;
  const kind: ActionKind = 'rename' in action ? 'rename' : 'also' in action ? 'also' : 'set' in action ? 'set' : 'skip';
  return {
    id,
    name,
    enabled,
    when: isGroup(part) ? part : { mode: 'all', parts: [part] },
    action: kind,
    newName: String(kind === 'rename' ? rename : isObject(also) ? also.name : ''),
    sets: isObject(set) ? Object.entries(set).map(([field, value]) => toDraftSet(field, value)) : [emptySet],
  };
}

function toPart(condition: Json): DraftTest | DraftGroup {
  if (!isObject(condition)) return emptyTest;
  const { all, any, not, field, is, value } = condition;
  if (isList(all)) return { mode: 'all', parts: all.map(toPart) };
  if (isList(any)) return { mode: 'any', parts: any.map(toPart) };
  if (isObject(not)) {
    const inner = toPart(not);
    return isGroup(inner) && inner.mode === 'any' ? { ...inner, mode: 'none' } : { mode: 'none', parts: [inner] };
  }
  const values = value === undefined ? [] : isList(value) ? value.map(String) : [String(value)];
  return { field: String(field), is: isOperator(is) ? is : 'present', values };
}

function toDraftSet(field: string, value: Json): DraftSet {
  if (!isObject(value)) return { field, kind: 'constant', values: [String(value)] };
  if (isList(value.minus)) return { field, kind: 'minus', values: value.minus.map(String) };
  return { field, kind: 'from', values: [String(value.from)] };
}

/** Returns the rule in the form of the config file. */
export function toRuleInput(draft: DraftRule, fields: readonly RuleFieldView[]): RuleInput {
  const { id, name, enabled, when } = draft;
  return { id, name, when: toCondition(when, fields), then: toAction(draft, fields), enabled };
}

function toAction({ action, newName, sets }: DraftRule, fields: readonly RuleFieldView[]): RuleInput {
  switch (action) {
    case 'skip':
      return { skip: true };
    case 'rename':
      return { rename: newName };
    case 'also':
      return { also: { name: newName } };
    case 'set':
      return { set: Object.fromEntries(sets.map((one) => [one.field, toSetValue(one, fields)])) };
  }
}

function toSetValue({ field, kind, values }: DraftSet, fields: readonly RuleFieldView[]): Json {
  const [first = ''] = values;
  if (kind === 'minus') return { minus: [...values] };
  if (kind === 'from') return { from: first };
  return isNumeric(field, fields) ? toNumber(first) : first;
}

function toCondition({ mode, parts }: DraftGroup, fields: readonly RuleFieldView[]): RuleInput {
  const conditions = parts.map((part) => (isGroup(part) ? toCondition(part, fields) : toTest(part, fields)));
  const [only, second] = conditions;
  if (mode === 'none') return { not: only && !second ? only : { any: conditions } };
  return only && !second && mode === 'all' ? only : { [mode]: conditions };
}

function toTest({ field, is, values }: DraftTest, fields: readonly RuleFieldView[]): RuleInput {
  if (is === 'present' || is === 'absent') return { field, is };
  const isNumber = isNumeric(field, fields) || is === 'greater' || is === 'less' || is === 'between';
  const typed = values.map((value) => (isNumber ? toNumber(value) : value));
  return { field, is, value: is === 'in' || is === 'between' ? typed : (typed[0] ?? '') };
}

/** Returns the number that a text holds. Other texts stay, so that the gateway names the problem. */
function toNumber(text: string): number | string {
  return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
}

function isNumeric(path: string, fields: readonly RuleFieldView[]): boolean {
  return fields.find((field) => field.path === path)?.type === 'number';
}

/** Returns an id made of a name, unlike those of the other rules. */
export function createRuleId(name: string, others: readonly Pick<DraftRule, 'id'>[]): string {
  const base =
    name
      .toLowerCase()
      .normalize('NFKD')
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, 28) || 'rule';
  for (let index = 1; ; index += 1) {
    const id = index === 1 ? base : `${base}-${index}`;
    if (!others.some((other) => other.id === id)) return id;
  }
}

/** Returns the list with one of its items at another place. */
export function moveItem<T>(items: readonly T[], from: number, to: number): readonly T[] {
  const item = items[from];
  if (item === undefined || to < 0 || to >= items.length) return items;
  return items.toSpliced(from, 1).toSpliced(to, 0, item);
}

/** Returns the list with another item at a place, or without it. */
export function replaceItem<T>(items: readonly T[], index: number, item: T | undefined): readonly T[] {
  return item === undefined ? items.toSpliced(index, 1) : items.with(index, item);
}

export const operatorLabels: Readonly<Record<Operator, string>> = {
  equals: 'is',
  'not-equals': 'is not',
  in: 'is one of',
  contains: 'contains',
  'starts-with': 'starts with',
  matches: 'matches (RE2)',
  greater: 'is greater than',
  less: 'is less than',
  between: 'is between',
  present: 'is present',
  absent: 'is absent',
};

function isOperator(text: Json | undefined): text is Operator {
  return typeof text === 'string' && Object.hasOwn(operatorLabels, text);
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isList(value: Json | undefined): value is Json[] {
  return Array.isArray(value);
}
