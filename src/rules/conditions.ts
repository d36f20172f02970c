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
    case 'contains': {
      const part = foldCase(operand);
      return anyText((text) => text.includes(part));
    }
    case 'starts-with': {
      const start = foldCase(operand);
      return anyText((text) => text.startsWith(start));
    }
    case 'matches': {
      const pattern = RE2JS.compile(String(operand));
      return (value) => cutTexts(toTexts(value), matchedChars).some((text) => pattern.matcher(text).find());
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
  return (value) => cutTexts(toTexts(value), comparedChars).some((text) => known.has(foldCase(text)));
}

function anyText(test: (text: string) => boolean): (value: FieldValue) => boolean {
  return (value) => cutTexts(toTexts(value), comparedChars).some((text) => test(foldCase(text)));
}

function toTexts(value: FieldValue): readonly string[] {
  if (value === undefined) return [];
  return typeof value === 'object' ? value : [String(value)];
}

/** The characters that a test of texts reads, in one text or in all of a list. They bound its time: see `rule-schema.ts`. */
const comparedChars = 8_000;
/** The same for a regular expression. Its time is linear, but each character may need all of its steps. */
const matchedChars = 1_000;

function cutTexts(texts: readonly string[], chars: number): readonly string[] {
  let left = chars;
  const cut: string[] = [];
  for (const text of texts) {
    if (left <= 0) break;
    cut.push(text.length > left ? text.slice(0, left) : text);
    left -= text.length;
  }
  return cut;
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
