import type { Condition, FieldTest, Rule, RuleAction, SetValue, TestValue } from '../event/rule.ts';
import { findField } from './fields.ts';

/** Describes a rule in one sentence: `If the tags of order and customer contain “wholesale”: skip the event.` */
export function describeRule({ when, then: action, enabled }: Rule): string {
  return `${enabled ? '' : 'Off. '}If ${describeCondition(when)}: ${describeAction(action)}.`;
}

function describeCondition(condition: Condition): string {
  if ('all' in condition) return condition.all.map(describeNested).join(' and ');
  if ('any' in condition) return condition.any.map(describeNested).join(' or ');
  if ('not' in condition) return `not ${describeNested(condition.not)}`;
  return describeTest(condition);
}

function describeNested(condition: Condition): string {
  return 'field' in condition ? describeTest(condition) : `(${describeCondition(condition)})`;
}

const operatorWords = {
  equals: 'is',
  'not-equals': 'is not',
  in: 'is one of',
  contains: 'contains',
  'starts-with': 'starts with',
  matches: 'matches',
  greater: 'is greater than',
  less: 'is less than',
  between: 'is between',
  present: 'is present',
  absent: 'is absent',
} as const;

function describeTest({ field, is, value }: FieldTest): string {
  const operator = findField(field)?.type === 'list' ? toPlural(operatorWords[is]) : operatorWords[is];
  const words = `${describeField(field)} ${operator}`;
  return value === undefined ? words : `${words} ${describeValue(value, is === 'between' ? ' and ' : ', ')}`;
}

/** Returns the operator after the label of a list, which is a plural. */
function toPlural(operator: string): string {
  return operator
    .replace(/^is\b/, 'are')
    .replace(/^matches/, 'match')
    .replace(/^(contain|start)s/, '$1');
}

function describeField(path: string): string {
  const label = findField(path)?.label;
  if (label === undefined) return path;
  const words = /^[A-Z][a-z]/.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label;
  return words.startsWith('any ') ? words : `the ${words}`;
}

function describeValue(value: TestValue, separator: string): string {
  if (typeof value === 'object') return value.map((one) => describeValue(one, separator)).join(separator);
  return typeof value === 'string' ? `“${value}”` : String(value);
}

function describeAction(action: RuleAction): string {
  if ('skip' in action) return 'skip the event';
  if ('rename' in action) return `rename it to ${action.rename}`;
  if ('also' in action) return `also send ${action.also.name}`;
  return Object.entries(action.set)
    .map(([path, value]) => `set ${describeField(path)} to ${describeSetValue(path, value)}`)
    .join(', ');
}

function describeSetValue(path: string, value: SetValue): string {
  if (typeof value !== 'object') return describeValue(value, ', ');
  if ('from' in value) return describeField(value.from);
  return [path, ...value.minus].map(describeField).join(' less ');
}
