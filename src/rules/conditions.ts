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
  const test = compileTest(condition, field?.type === 'any');
  return field ? (event) => test(field.read(event)) : () => false;
}

/** @param mayBeNumbers whether texts that hold numbers are compared as numbers. */
function compileTest(test: FieldTest, mayBeNumbers: boolean): (value: FieldValue) => boolean {
  const { is, value: operand } = test;
  switch (is) {
    case 'present':
      return isPresent;
    case 'absent':
      return (value) => !isPresent(value);
    case 'equals':
      return anyEquals([operand], mayBeNumbers);
    case 'in':
      return anyEquals(Array.isArray(operand) ? operand : [operand], mayBeNumbers);
    case 'not-equals': {
      const equals = anyEquals([operand], mayBeNumbers);
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
      return anyNumber((number) => number > toNumber(operand));
    case 'less':
      return anyNumber((number) => number < toNumber(operand));
    case 'between': {
      const [least = Number.NaN, most = Number.NaN] = Array.isArray(operand) ? operand.map(toNumber) : [];
      return anyNumber((number) => number >= least && number <= most);
    }
  }
}

function isPresent(value: FieldValue): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== '';
}

function anyEquals(operands: readonly unknown[], mayBeNumbers: boolean): (value: FieldValue) => boolean {
  const texts = new Set(operands.map(foldText));
  const numbers = new Set(mayBeNumbers ? operands.map(toPlainNumber).filter((number) => !Number.isNaN(number)) : []);
  return (value) =>
    cutTexts(toTexts(value), comparedChars).some(
      (text) => texts.has(foldText(text)) || (numbers.size > 0 && numbers.has(toPlainNumber(text))),
    );
}

function anyNumber(test: (number: number) => boolean): (value: FieldValue) => boolean {
  return (value) => (typeof value === 'object' ? value.some((text) => test(toNumber(text))) : test(toNumber(value)));
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

/** Folds a whole text: those that read alike are equal. */
function foldText(value: unknown): string {
  return foldCase(value).trim();
}

const isAscii = /^[\0-\x7f]*$/;

/** Folds the case, and the forms of one letter: an accent is part of it, or follows it. */
function foldCase(value: unknown): string {
  const text = String(value);
  return (isAscii.test(text) ? text : text.normalize('NFC')).toLowerCase();
}

/** Returns the number of a text. Digits that begin with 0 are a code, such as a postal code. */
function toPlainNumber(value: unknown): number {
  return typeof value === 'string' && /^\s*[+-]?0\d/.test(value) ? Number.NaN : toNumber(value);
}

const decimal = /^[+-]?\d{1,15}(?:\.\d{1,20})?$/;

/** Returns a number, or the number that a text holds; otherwise NaN, which no comparison accepts. */
export function toNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && decimal.test(value.trim()) ? Number(value) : Number.NaN;
}
