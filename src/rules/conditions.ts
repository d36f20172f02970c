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
      const fold = createFold([operand]);
      const part = fold(String(operand));
      return anyText((text) => fold(text).includes(part));
    }
    case 'starts-with': {
      const fold = createFold([operand]);
      const start = fold(String(operand));
      return anyText((text) => fold(text).startsWith(start));
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
  const fold = createFold(operands);
  const texts = new Set(operands.map((operand) => fold(String(operand)).trim()));
  const numbers = new Set(mayBeNumbers ? [...texts].filter((text) => plainDecimal.test(text)).map(Number) : []);
  return anyText((given) => {
    const text = fold(given).trim();
    return texts.has(text) || (numbers.size > 0 && plainDecimal.test(text) && numbers.has(Number(text)));
  });
}

function anyNumber(test: (number: number) => boolean): (value: FieldValue) => boolean {
  return (value) => (typeof value === 'object' ? value.some((text) => test(toNumber(text))) : test(toNumber(value)));
}

function anyText(test: (text: string) => boolean): (value: FieldValue) => boolean {
  return (value) => cutTexts(toTexts(value), comparedChars).some(test);
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

/**
 * Returns a function that folds the case, and composes letters with the accents that follow them. Operands of ASCII have no accents, so for
 * them only the case is folded.
 */
function createFold(operands: readonly unknown[]): (text: string) => string {
  const isAscii = operands.every((operand) => /^[\0-\x7f]*$/.test(String(operand)));
  return isAscii ? (text) => text.toLowerCase() : (text) => text.normalize('NFC').toLowerCase();
}

/** A number as it is written usually. Digits that begin with 0 are a code, such as a postal code. */
const plainDecimal = /^[+-]?(?:0|[1-9]\d{0,14})(?:\.\d{1,20})?$/;

const decimal = /^[+-]?\d{1,15}(?:\.\d{1,20})?$/;

/** Returns a number, or the number that a text holds; otherwise NaN, which no comparison accepts. */
export function toNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && decimal.test(value.trim()) ? Number(value) : Number.NaN;
}
