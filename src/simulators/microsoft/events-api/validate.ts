import type { Settings } from '../settings.ts';
import type { Fields, Problem, Rule, Surroundings } from './event-rules.ts';
import { eventRule, isFields } from './event-rules.ts';

/** One thing that Microsoft says about a request, member for member in its order. */
export interface Detail {
  /** Position in `data`; absent where the detail is about `data` itself. */
  readonly index?: number;
  readonly propertyName: string;
  readonly attemptedValue?: number | string;
  readonly errorMessage: string;
  readonly errorCode: string;
  readonly isWarning: boolean;
}

/** An event that was taken in, without what was removed from it. */
export interface Processed {
  readonly index: number;
  readonly event: Fields;
  /** At most as many as an answer would show. */
  readonly warnings: readonly Detail[];
}

export interface Verdict {
  /** Nothing was processed. */
  readonly refused: boolean;
  readonly processed: readonly Processed[];
  /** How many events were wrong. */
  readonly invalid: number;
  /** The first ones alone, by event and then in the order of the schema. */
  readonly details: readonly Detail[];
}

interface ValidateOptions {
  readonly settings: Settings;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly refuses?: (eventId: unknown) => boolean;
}

/** Judges a request's body: which events are taken in, and what is said about the rest. All or nothing unless the body says otherwise. */
export function validate(body: Fields, { settings, now, refuses = () => false }: ValidateOptions): Verdict {
  const { data } = body;
  const wrong = listProblem(data ?? undefined, settings);
  if (wrong !== undefined || !Array.isArray(data)) {
    return { refused: true, processed: [], invalid: 0, details: wrong === undefined ? [] : [wrong] };
  }
  const details: Detail[] = [];
  const processed: Processed[] = [];
  const nowSeconds = Math.floor(now / 1_000);
  for (const [index, event] of data.entries()) {
    const found: Detail[] = [];
    const around = { settings, nowSeconds, event: isFields(event) ? event : {}, refuses };
    const kept = keep(event ?? undefined, eventRule, 'data', `data[${index}]`, { index, found, around });
    details.push(...found.slice(0, settings.maxDetails - details.length));
    if (isFields(kept) && found.every((detail) => detail.isWarning)) {
      processed.push({ index, event: kept, warnings: found.slice(0, settings.maxDetails) });
    }
  }
  const invalid = data.length - processed.length;
  const refused = invalid > 0 && (body.continueOnValidationError !== true || processed.length === 0);
  return { refused, processed: refused ? [] : processed, invalid, details };
}

function listProblem(data: unknown, settings: Settings): Detail | undefined {
  const say = (rule: string, errorCode: string): Detail => ({
    propertyName: 'data',
    errorMessage: `'data' ${rule}.`,
    errorCode,
    isWarning: false,
  });
  if (data === undefined) return say('must not be empty', 'Empty');
  if (!Array.isArray(data)) return say('must be an array', settings.codes.array);
  if (data.length === 0) return say('must not be empty', 'Empty');
  if (data.length > settings.maxEvents)
    return say(`must contain at most ${settings.maxEvents} items`, settings.codes.tooManyItems);
  return undefined;
}

interface Walk {
  readonly index: number;
  readonly found: Detail[];
  readonly around: Surroundings;
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

/** The value without what breaks its rule; `undefined` where nothing is left. What is wrong goes to `found`. */
function keep(value: unknown, rule: Rule, name: string, path: string, walk: Walk): unknown {
  const { index, found, around } = walk;
  const { codes, severities } = around.settings;
  const drop = (problem: Problem): undefined => {
    found.push(detail(problem, name, path, index));
    return undefined;
  };
  switch (rule.kind) {
    case 'value': {
      const problem = rule.check(value, around);
      return problem === undefined ? value : drop(problem);
    }
    case 'array': {
      if (!Array.isArray(value)) return drop({ code: codes.array, rule: 'must be an array', severity: severities.optional });
      const kept = value.map((item, at) => keep(item ?? undefined, rule.each, name, `${path}[${at}]`, walk));
      return kept.every((item, at) => item === value[at]) ? value : kept.filter((item) => item !== undefined);
    }
    case 'object': {
      const severity = rule.required === true ? 'error' : severities.optional;
      if (value === undefined) return drop({ code: 'Empty', rule: 'must not be empty', severity });
      if (!isFields(value)) return drop({ code: codes.object, rule: 'must be an object', severity });
      const before = found.length;
      const kept = keepMembers(value, rule.fields, path, walk);
      const problem = rule.whole?.(value, kept, around);
      if (problem !== undefined) found.splice(before, 0, detail(problem, name, path, index));
      return kept;
    }
  }
}

function keepMembers(given: Fields, fields: readonly (readonly [string, Rule])[], path: string, walk: Walk): Fields {
  let kept: Record<string, unknown> | undefined;
  for (const [name, rule] of fields) {
    const value = given[name] ?? undefined;
    if (value === undefined && rule.required !== true) continue;
    const left = keep(value, rule, name, `${path}.${name}`, walk);
    if (left === value) continue;
    kept ??= { ...given };
    if (left === undefined) delete kept[name];
    else kept[name] = left;
  }
  return kept ?? given;
}
