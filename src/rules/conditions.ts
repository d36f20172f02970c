import { RE2JS } from 're2js';
import type { EnrichedEvent } from '../event/event.ts';
import type { Condition, FieldTest } from '../event/rule.ts';
import { type FieldValue, findField } from './fields.ts';

export type Predicate = (event: EnrichedEvent) => boolean;

/** Compiles a condition of a checked rule. Texts are compared without case, except by `matches`. */
export function compileCondition(condition: Condition): Predicate {
  if ('all' in condition) {
    const parts = condition.all.map(compileCondition);
    return (event) => parts.every((part) => part(event));
  }
  if ('any' in condition) {
    const parts = condition.any.map(compileCondition);
    return (event) => parts.some((part) => part(event));
  }
  if ('not' in condition) {
    const part = compileCondition(condition.not);
    return (event) => !part(event);
  }
  const field = findField(condition.field);
  const test = compileTest(condition);
  return field ? (event) => test(field.read(event)) : () => false;
}

function compileTest(test: FieldTest): (value: FieldValue) => boolean {
  const { is, value: operand } = test;
  switch (is) {
    case 'present':
      return isPresent;
    case 'absent':
      return (value) => !isPresent(value);
    case 'equals':
      return anyEquals([operand]);
    case 'in':
      return anyEquals(Array.isArray(operand) ? operand : [operand]);
    case 'not-equals': {
      const equals = anyEquals([operand]);
      return (value) => !equals(value);
    }
    case 'contains':
      return anyText((text) => text.includes(foldCase(operand)));
    case 'starts-with':
      return anyText((text) => text.startsWith(foldCase(operand)));
    case 'matches': {
      const pattern = RE2JS.compile(String(operand));
      return (value) => cutTexts(toTexts(value)).some((text) => pattern.matcher(text).find());
    }
    case 'greater':
      return (value) => toNumber(value) > toNumber(operand);
    case 'less':
      return (value) => toNumber(value) < toNumber(operand);
    case 'between': {
      const [least, most] = Array.isArray(operand) ? operand.map(toNumber) : [];
      return (value) => least !== undefined && most !== undefined && toNumber(value) >= least && toNumber(value) <= most;
    }
  }
}

function isPresent(value: FieldValue): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== '';
}

function anyEquals(operands: readonly unknown[]): (value: FieldValue) => boolean {
  const known = new Set(operands.map(foldCase));
  return (value) => toTexts(value).some((text) => known.has(foldCase(text)));
}

function anyText(test: (text: string) => boolean): (value: FieldValue) => boolean {
  return (value) => toTexts(value).some((text) => test(foldCase(text)));
}

function toTexts(value: FieldValue): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'object' ? value : [String(value)];
}

const longestText = 1_000;
const longestList = 4_000;

/** Cuts texts for regular expressions, whose time is linear, but long for some patterns. */
function cutTexts(texts: readonly string[]): readonly string[] {
  let left = longestList;
  return texts.flatMap((text) => {
    if (left <= 0) return [];
    const cut = text.slice(0, Math.min(longestText, left));
    left -= cut.length;
    return [cut];
  });
}

function foldCase(value: unknown): string {
  return String(value).toLowerCase();
}

const decimal = /^[+-]?\d{1,15}(?:\.\d{1,20})?$/;

/** Returns a number, or the number that a text holds; otherwise NaN, which no comparison accepts. */
export function toNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && decimal.test(value.trim()) ? Number(value) : Number.NaN;
}
