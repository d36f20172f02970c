import type { Condition, FieldTest, Rule, RuleAction, SetValue, TestValue } from '../event/rule.ts';
import { findField } from './fields.ts';

/** Describes a rule in one sentence: `If Tags of order and customer contains “wholesale”: skip the event.` */
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
  const words = `${describeField(field)} ${operatorWords[is]}`;
  return value === undefined ? words : `${words} ${describeValue(value, is === 'between' ? ' and ' : ', ')}`;
}

function describeField(path: string): string {
  return findField(path)?.label ?? path;
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
