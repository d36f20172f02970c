import { type Fields, isFields } from '../../kit/fields.ts';
import type { Settings } from '../settings.ts';
import type { Problem, Rule, RuleContext } from './event-rules.ts';
import { eventRule } from './event-rules.ts';

/** One error or warning of a response, with Microsoft's members in Microsoft's order. */
export interface Detail {
  /** Position in `data`; absent if the detail is about `data` itself. */
  readonly index?: number;
  readonly propertyName: string;
  readonly attemptedValue?: number | string;
  readonly errorMessage: string;
  readonly errorCode: string;
  readonly isWarning: boolean;
}

/** An accepted event, without removed fields. */
export interface ProcessedEvent {
  readonly index: number;
  readonly event: Fields;
  /** At most `maxDetails` warnings. */
  readonly warnings: readonly Detail[];
}

export interface Verdict {
  /** Whether no event was processed. */
  readonly isRejected: boolean;
  readonly processed: readonly ProcessedEvent[];
  /** The number of invalid events. */
  readonly invalid: number;
  /** The first `maxDetails` details, by event and then in the order of the schema. */
  readonly details: readonly Detail[];
}

interface ValidateOptions {
  readonly settings: Settings;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly isRejectedId?: (eventId: unknown) => boolean;
}

/** Validates a request's body. One invalid event rejects the request, unless `continueOnValidationError` is true. */
export function validate(body: Fields, { settings, now, isRejectedId = () => false }: ValidateOptions): Verdict {
  const { data } = body;
  const problem = listProblem(data ?? undefined, settings);
  if (problem !== undefined || !Array.isArray(data)) {
    return { isRejected: true, processed: [], invalid: 0, details: problem === undefined ? [] : [problem] };
  }
  const details: Detail[] = [];
  const processed: ProcessedEvent[] = [];
  const nowSeconds = Math.floor(now / 1_000);
  for (const [index, event] of data.entries()) {
    const found: Detail[] = [];
    const context = { settings, nowSeconds, event: isFields(event) ? event : {}, isRejectedId };
    const kept = validateValue(event ?? undefined, eventRule, 'data', `data[${index}]`, { index, found, context });
    details.push(...found.slice(0, settings.maxDetails - details.length));
    if (isFields(kept) && found.every((detail) => detail.isWarning)) {
      processed.push({ index, event: kept, warnings: found.slice(0, settings.maxDetails) });
    }
  }
  const invalid = data.length - processed.length;
  const isRejected = invalid > 0 && (body.continueOnValidationError !== true || processed.length === 0);
  return { isRejected, processed: isRejected ? [] : processed, invalid, details };
}

function listProblem(data: unknown, settings: Settings): Detail | undefined {
  const createDetail = (rule: string, errorCode: string): Detail => ({
    propertyName: 'data',
    errorMessage: `'data' ${rule}.`,
    errorCode,
    isWarning: false,
  });
  if (data === undefined) return createDetail('must not be empty', 'Empty');
  if (!Array.isArray(data)) return createDetail('must be an array', settings.codes.array);
  if (data.length === 0) return createDetail('must not be empty', 'Empty');
  if (data.length > settings.maxEvents)
    return createDetail(`must contain at most ${settings.maxEvents} items`, settings.codes.tooManyItems);
  return undefined;
}

interface Walk {
  readonly index: number;
  readonly found: Detail[];
  readonly context: RuleContext;
}

function detail(problem: Problem, name: string, path: string, index: number): Detail {
  return {
    index,
    propertyName: path,
    ...(problem.attempted === undefined ? {} : { attemptedValue: problem.attempted }),
    errorMessage: `'${name}' ${problem.rule}.`,
    errorCode: problem.code,
    isWarning: problem.severity === 'warning',
  };
}

/** Returns the value without invalid members; undefined if the value itself is invalid. Adds the problems to `found`. */
function validateValue(value: unknown, rule: Rule, name: string, path: string, walk: Walk): unknown {
  const { index, found, context } = walk;
  const { codes, severities } = context.settings;
  const drop = (problem: Problem): undefined => {
    found.push(detail(problem, name, path, index));
    return undefined;
  };
  switch (rule.kind) {
    case 'value': {
      const problem = rule.check(value, context);
      return problem === undefined ? value : drop(problem);
    }
    case 'array': {
      if (!Array.isArray(value)) return drop({ code: codes.array, rule: 'must be an array', severity: severities.optional });
      const kept = value.map((item, at) => validateValue(item ?? undefined, rule.each, name, `${path}[${at}]`, walk));
      return kept.every((item, at) => item === value[at]) ? value : kept.filter((item) => item !== undefined);
    }
    case 'object': {
      const severity = rule.required === true ? 'error' : severities.optional;
      if (value === undefined) return drop({ code: 'Empty', rule: 'must not be empty', severity });
      if (!isFields(value)) return drop({ code: codes.object, rule: 'must be an object', severity });
      const before = found.length;
      const kept = validateMembers(value, rule.fields, path, walk);
      const problem = rule.whole?.(value, kept, context);
      if (problem !== undefined) found.splice(before, 0, detail(problem, name, path, index));
      return kept;
    }
  }
}

function validateMembers(input: Fields, fields: readonly (readonly [string, Rule])[], path: string, walk: Walk): Fields {
  let kept: Record<string, unknown> | undefined;
  for (const [name, rule] of fields) {
    const value = input[name] ?? undefined;
    if (value === undefined && rule.required !== true) continue;
    const valid = validateValue(value, rule, name, `${path}.${name}`, walk);
    if (valid === value) continue;
    kept ??= { ...input };
    if (valid === undefined) delete kept[name];
    else kept[name] = valid;
  }
  return kept ?? input;
}
