import { z } from 'zod';
import { parseCurrencyCode } from '../event/currency-code.ts';
import { normalizeEventName } from '../event/event-names.ts';
import { oneLine } from '../event/one-line.ts';
import {
  type Condition,
  type FieldTest,
  isRuleId,
  type Operator,
  operators,
  type Rule,
  type RuleAction,
  type SetValue,
} from '../event/rule.ts';
import { isAddableName, maxAmount } from './evaluate.ts';
import { type Field, findField, namedFields, operatorsByType } from './fields.ts';
import { countSteps } from './pattern-cost.ts';

/**
 * These limits bound the time of the two lists that apply to an event, whatever they are: `bench/rules.ts` measures the worst lists that
 * they allow on the worst event. Between two events other tasks of the process run.
 */
const maxRules = 100;
const maxConditions = 50;
/** All tests of a list together, so that its size as JSON is not the only bound. */
const maxTests = 300;
/** Steps of all regular expressions of a list together. */
const maxPatternSteps = 500;
/** A list as JSON, so that the API accepts it and a history of 200 versions stays small. */
const maxListKib = 48;
const maxDepth = 5;
const maxValues = 200;
const maxText = 500;

type Path = readonly (string | number)[];
/** Collects every problem of a list of rules. */
type Report = (path: Path, message: string) => undefined;
/** Returns the rule that a regular expression breaks, alone or together with those before it. */
type CheckPattern = (value: unknown) => string | undefined;

/** The rules of a site or a connection. All problems are reported at once. */
export const rulesSchema = z.unknown().transform((input, context): readonly Rule[] => {
  const report: Report = (path, message) => {
    context.addIssue({ code: 'custom', path: [...path], message });
  };
  return readRules(input, report) ?? z.NEVER;
});

function readRules(input: unknown, report: Report): readonly Rule[] | undefined {
  if (!Array.isArray(input)) return report([], 'Must be a list of rules.');
  if (input.length > maxRules) report([], `Must have at most ${maxRules} rules. Join rules whose actions are alike.`);
  if (Buffer.byteLength(JSON.stringify(input)) > maxListKib * 1024)
    return report([], `Must be at most ${maxListKib} KiB of JSON. Shorten lists of values, or give events a property to test.`);
  const given: readonly unknown[] = input.slice(0, maxRules);
  const checkPattern = createPatternCheck();
  const rules = given.flatMap((one, index) => readRule(one, [index], report, checkPattern) ?? []);
  const tests = rules.flatMap(({ when }) => listTests(when));
  if (tests.length > maxTests)
    report(
      [],
      `Must have at most ${maxTests} conditions in all rules. Use \`in\` with a list of values instead of several tests.`,
    );
  for (const [index, { id }] of rules.entries())
    if (rules.findIndex((one) => one.id === id) < index)
      report([index, 'id'], 'Is the id of an earlier rule. Choose another id.');
  return rules;
}

function listTests(condition: Condition): readonly FieldTest[] {
  if ('not' in condition) return listTests(condition.not);
  if ('field' in condition) return [condition];
  return ('all' in condition ? condition.all : condition.any).flatMap(listTests);
}

function readRule(input: unknown, path: Path, report: Report, checkPattern: CheckPattern): Rule | undefined {
  if (!isObject(input)) return report(path, 'Must be an object with `id`, `when` and `then`.');
  checkKeys(input, ['id', 'name', 'when', 'then', 'enabled'], path, report);
  const { id, name = id, enabled = true } = input;
  const isId = typeof id === 'string' && isRuleId(id);
  if (!isId) report([...path, 'id'], 'Must be 1 to 32 lower-case letters, digits and hyphens, and not start with a hyphen.');
  const isName = isText(name, 100) && !name.includes('@') && oneLine.test(name);
  if (isId && !isName) report([...path, 'name'], 'Must be text of 1 to 100 characters in one line, without `@`.');
  const isSwitch = typeof enabled === 'boolean';
  if (!isSwitch) report([...path, 'enabled'], 'Must be true or false.');
  const context = { report, checkPattern, depth: 1, count: { left: maxConditions } };
  const when = readCondition(input.when, [...path, 'when'], context);
  const action = readAction(input.then, [...path, 'then'], report);
  if (!isId || !isName || !isSwitch || !when || !action) return undefined;
  return { id, name: name.trim(), when, then: action, enabled };
}

interface ConditionContext {
  readonly report: Report;
  readonly checkPattern: CheckPattern;
  readonly depth: number;
  readonly count: { left: number };
}

function readCondition(input: unknown, path: Path, context: ConditionContext): Condition | undefined {
  const { report, depth, count } = context;
  if (!isObject(input)) return report(path, 'Must be a condition: `all`, `any`, `not`, or `field` with `is`.');
  count.left -= 1;
  if (count.left === -1) return report(path, `Must have at most ${maxConditions} conditions in one rule. Make several rules.`);
  if (count.left < 0) return undefined;
  if (depth > maxDepth) return report(path, `Must be nested at most ${maxDepth} deep. Use fewer groups.`);
  const nested = { ...context, depth: depth + 1 };
  for (const group of ['all', 'any'] as const) {
    if (!Object.hasOwn(input, group)) continue;
    checkKeys(input, [group], path, report);
    const parts: unknown = input[group];
    if (!Array.isArray(parts) || parts.length === 0) return report([...path, group], 'Must be a list of at least one condition.');
    const read = parts.map((part: unknown, index) => readCondition(part, [...path, group, index], nested));
    const conditions = read.flatMap((one) => one ?? []);
    if (conditions.length < read.length) return undefined;
    return group === 'all' ? { all: conditions } : { any: conditions };
  }
  if (Object.hasOwn(input, 'not')) {
    checkKeys(input, ['not'], path, report);
    const not = readCondition(input.not, [...path, 'not'], nested);
    return not && { not };
  }
  return readTest(input, path, context);
}

function readTest(
  input: Readonly<Record<string, unknown>>,
  path: Path,
  { report, checkPattern }: ConditionContext,
): Condition | undefined {
  checkKeys(input, ['field', 'is', 'value'], path, report);
  const { field: fieldPath, is, value } = input;
  const field = typeof fieldPath === 'string' ? findField(fieldPath) : undefined;
  if (!field || typeof fieldPath !== 'string') return report([...path, 'field'], unknownField);
  const allowed = operatorsByType[field.type];
  const operator = operators.find((one) => one === is);
  if (!operator || !allowed.includes(operator)) {
    const why = field.type === 'fact' ? 'A rule sees only whether the value is present. ' : '';
    return report([...path, 'is'], `${why}Must be one of ${allowed.join(', ')}.`);
  }
  if (operator === 'present' || operator === 'absent') {
    if (value !== undefined) return report([...path, 'value'], `Must be absent, because \`${operator}\` compares no value.`);
    return { field: fieldPath, is: operator };
  }
  const rule = operator === 'matches' ? checkPattern(value) : checkValue(operator, field, value);
  if (rule !== undefined) return report([...path, 'value'], rule);
  return { field: fieldPath, is: operator, value: toTestValue(value) };
}

function toTestValue(value: unknown) {
  if (Array.isArray(value)) return value.filter((one) => typeof one === 'string' || typeof one === 'number');
  return typeof value === 'number' || typeof value === 'boolean' ? value : String(value);
}

/** Returns the rule that the value of a test breaks. */
function checkValue(operator: Operator, { type }: Field, value: unknown): string | undefined {
  const isComparison = operator === 'greater' || operator === 'less' || operator === 'between';
  const isNumeric = type === 'number' || isComparison;
  const fits = (one: unknown) =>
    isNumeric ? isNumber(one) : isText(one, maxText) || isNumber(one) || (type === 'any' && typeof one === 'boolean');
  const what = isNumeric ? 'a number' : `text of 1 to ${maxText} characters`;
  if (operator === 'between') {
    const isRange = Array.isArray(value) && value.length === 2 && value.every(isNumber) && Number(value[0]) <= Number(value[1]);
    return isRange ? undefined : 'Must be a list of two numbers, the smaller one first.';
  }
  if (operator === 'in') {
    const isList = Array.isArray(value) && value.length > 0 && value.length <= maxValues && value.every(fits);
    return isList ? undefined : `Must be a list of 1 to ${maxValues} values, each ${what}.`;
  }
  return !Array.isArray(value) && fits(value) ? undefined : `Must be ${what}.`;
}

/** Compiles each pattern once. After the first excess it compiles none, so that no list takes long to check. */
function createPatternCheck(): CheckPattern {
  let left = maxPatternSteps;
  return (value) => {
    if (!isText(value, maxText)) return `Must be a regular expression (RE2) of 1 to ${maxText} characters.`;
    if (left < 0) return undefined;
    try {
      left -= countSteps(value, left);
    } catch {
      return 'Must be a regular expression of RE2, which has neither look-around nor back-references.';
    }
    if (left >= 0) return undefined;
    return `Brings the regular expressions of the list to more than ${maxPatternSteps} steps, which are slow. Shorten them, or use \`in\`, \`contains\` or \`starts-with\`.`;
  };
}

const actionNames = ['skip', 'rename', 'set', 'also'] as const;

function readAction(input: unknown, path: Path, report: Report): RuleAction | undefined {
  const [name, second] = isObject(input) ? actionNames.filter((one) => Object.hasOwn(input, one)) : [];
  if (!isObject(input) || name === undefined || second !== undefined)
    return report(path, 'Must be one action: `skip`, `rename`, `set` or `also`.');
  checkKeys(input, [name], path, report);
  const at = [...path, name];
  if (name === 'skip') return input.skip === true ? { skip: true } : report(at, 'Must be true.');
  if (name === 'set') return readSet(input.set, at, report);
  if (name === 'rename') {
    const renamed = typeof input.rename === 'string' ? normalizeEventName(input.rename.trim()) : undefined;
    return renamed === undefined ? report(at, nameRule) : { rename: renamed };
  }
  const { also } = input;
  if (!isObject(also)) return report(at, 'Must be an object with the `name` of the further event.');
  checkKeys(also, ['name'], at, report);
  const added = typeof also.name === 'string' ? normalizeEventName(also.name.trim()) : undefined;
  if (added === undefined) return report([...at, 'name'], nameRule);
  if (!isAddableName(added))
    return report([...at, 'name'], 'Must not be Purchase or PageView, which would count twice. Use another name.');
  return { also: { name: added } };
}

function readSet(input: unknown, path: Path, report: Report): RuleAction | undefined {
  if (!isObject(input) || Object.keys(input).length === 0)
    return report(path, 'Must be an object with a new value for each field, such as {"commerce.value": 12.5}.');
  const entries = Object.entries(input).map(([field, value]) => {
    const read = readSetValue(field, value, [...path, field], report);
    return read === undefined ? undefined : ([field, read] as const);
  });
  const read = entries.flatMap((one) => (one ? [one] : []));
  return read.length === entries.length ? { set: Object.fromEntries(read) } : undefined;
}

function readSetValue(fieldPath: string, value: unknown, path: Path, report: Report): SetValue | undefined {
  const field = findField(fieldPath);
  if (field?.access !== 'write') return report(path, `Is not a field that a rule may write. Use one of ${writableFields}.`);
  const isNumeric = field.type === 'number';
  if (!isObject(value)) {
    if (fieldPath === 'commerce.currency') {
      const code = typeof value === 'string' ? parseCurrencyCode(value) : undefined;
      return code ?? report(path, "Must be a currency's three-letter code (ISO 4217), such as `USD`.");
    }
    if (isNumeric) return isNumber(value) && value >= 0 ? value : report(path, 'Must be a number from 0.');
    const isPlain = isText(value, 200) && !value.includes('@');
    return isPlain ? value.trim() : report(path, 'Must be text of 1 to 200 characters, without `@`.');
  }
  if (fieldPath === 'commerce.currency') return report(path, 'Must be a constant code, such as `USD`.');
  const isFrom = Object.hasOwn(value, 'from');
  checkKeys(value, [isFrom ? 'from' : 'minus'], path, report);
  if (isFrom) {
    const { from } = value;
    return typeof from === 'string' && isReadable(from, isNumeric)
      ? { from }
      : report([...path, 'from'], isNumeric ? numberSource : textSource);
  }
  const { minus } = value;
  if (!isNumeric) return report(path, 'Must be text or `from`, because the field holds text.');
  const isList = Array.isArray(minus) && minus.length > 0 && minus.length <= 10;
  const sources: readonly unknown[] = isList ? minus : [];
  const read = sources.flatMap((one) => (typeof one === 'string' && isReadable(one, true) ? [one] : []));
  return isList && read.length === sources.length
    ? { minus: read }
    : report([...path, 'minus'], `Must be a list of 1 to 10 fields. ${numberSource}`);
}

/** Returns whether `set` may read a field. Texts of properties may hold anything, so only their numbers are read. */
function isReadable(path: string, asNumber: boolean): boolean {
  const field = findField(path);
  if (!field) return false;
  if (asNumber)
    return field.type === 'any' || (field.type === 'number' && (field.access === 'write' || path === 'commerce.itemCount'));
  return field.type === 'text' && field.access === 'write';
}

function checkKeys(input: Readonly<Record<string, unknown>>, known: readonly string[], path: Path, report: Report): void {
  for (const key of Object.keys(input))
    if (!known.includes(key)) report([...path, key], `Is not known here. Use ${known.map((one) => `\`${one}\``).join(', ')}.`);
}

function isObject(input: unknown): input is Readonly<Record<string, unknown>> {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}

function isText(input: unknown, most: number): input is string {
  return typeof input === 'string' && input.trim() !== '' && input.length <= most && input.isWellFormed();
}

function isNumber(input: unknown): input is number {
  return typeof input === 'number' && Number.isFinite(input) && Math.abs(input) < maxAmount;
}

const writableFields = namedFields
  .filter(({ access }) => access === 'write')
  .map(({ path }) => `\`${path}\``)
  .join(', ');
const unknownField = `Must be a field: ${namedFields.map(({ path }) => `\`${path}\``).join(', ')}, \`properties.NAME\`, \`clickIds.NAME\` or \`browserIds.NAME\`.`;
const nameRule = 'Must be an event name: a letter, then up to 99 letters, digits or `_`.';
const numberSource = 'Must be an amount such as `commerce.tax`, or `properties.NAME`.';
const textSource = 'Must be a field of text that a rule may write, such as `goal.category`. Texts of properties may be personal.';
