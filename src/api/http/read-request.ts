import type { Context } from 'hono';
import type { z } from 'zod';
import type { Issue } from '../../event/issue.ts';
import { maxDepth, parseJson } from '../../net/parse-json.ts';
import { ApiErrorResult, createParameterIssue } from './api-errors.ts';
import type { Route } from './route.ts';

/** Reads path and query parameters. Repeated parameters are accepted for lists only. */
export function readParams<S extends Route['params']>(
  schema: S,
  mediaType: Route['mediaType'],
  c: Context,
): z.output<S> | ApiErrorResult<'parameter-invalid' | 'not-found'> {
  const pathParams = c.req.param();
  const { searchParams } = new URL(c.req.url);
  // A browser reopens a stream with its first URL. Its position is in the header.
  const lastEventId = mediaType === 'text/event-stream' ? c.req.header('last-event-id') : undefined;
  if (lastEventId !== undefined && lastEventId !== '') searchParams.set('after', lastEventId);
  const query = Map.groupBy(searchParams, ([name]) => name);
  const known = Object.keys(schema.shape).filter((name) => !Object.hasOwn(pathParams, name));
  const queryIssues: Issue[] = [];
  const params: [string, unknown][] = [];
  for (const [name, entries] of query) {
    const values = entries.map(([, value]) => value);
    if (!known.includes(name)) queryIssues.push(unknownName(name, known));
    else if (isList(schema.shape[name])) params.push([name, values]);
    else if (values.length > 1) queryIssues.push(createParameterIssue(name, 'given once'));
    else params.push([name, values[0]]);
  }
  const given = Object.fromEntries([...params, ...Object.entries(pathParams)]);
  const nulIssues = findNulCharacters(given);
  if (nulIssues.length > 0) return new ApiErrorResult('parameter-invalid', nulIssues);
  const parsed = schema.safeParse(given, { reportInput: true });
  if (parsed.success && queryIssues.length === 0) return parsed.data;
  const issues = parsed.error?.issues ?? [];
  if (issues.some(({ path }) => Object.hasOwn(pathParams, path[0] ?? ''))) return new ApiErrorResult('not-found');
  return new ApiErrorResult(
    'parameter-invalid',
    onePerField([...queryIssues, ...issues.flatMap((issue) => toIssues(issue, known))]),
  );
}

/** Returns whether the schema accepts several values. */
function isList(schema: z.ZodType | undefined): boolean {
  return schema?.safeParse([]).success ?? false;
}

/** Reads a JSON body. An empty body counts as `{}`, as does the body of a GET request. The issues contain no value of the body. */
export async function readBody<S extends Route['body']>(
  schema: S,
  c: Context,
  maxKib?: number,
): Promise<z.output<S> | ApiErrorResult<'parameter-invalid'>> {
  const bytes = c.req.method === 'GET' ? new Uint8Array() : await c.req.bytes();
  const json = bytes.length === 0 ? { value: {} } : parseJson(bytes);
  // Every schema rejects null, so null represents a body that is not JSON.
  const parsed = schema.safeParse('value' in json ? json.value : null, { reportInput: true });
  if (parsed.success) {
    const nulIssues = findNulCharacters(parsed.data);
    return nulIssues.length > 0 ? new ApiErrorResult('parameter-invalid', nulIssues) : parsed.data;
  }
  const known = Object.keys(schema.shape);
  const issues = parsed.error.issues.flatMap((issue) => toIssues(issue, known, schema, maxKib));
  return new ApiErrorResult('parameter-invalid', onePerField(issues));
}

/** The longest body of an API request, in KiB, unless the route has another limit. */
export const defaultBodyKib = 16;

export function createBodyIssue(maxKib = defaultBodyKib): Issue {
  return createParameterIssue('body', `a JSON object of at most ${maxKib} KiB, and at most ${maxDepth} deep`, 'Correct it.');
}

/**
 * Converts an issue of zod, whose message is the schema's rule. Does not name unknown keys of a body: a key may be a value in the wrong
 * place.
 */
function toIssues(issue: z.core.$ZodIssue, known: readonly string[], body?: Route['body'], maxKib?: number): readonly Issue[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((name) => unknownName(body ? '' : name, known));
  const [field] = issue.path;
  if (field === undefined) return [createBodyIssue(maxKib)];
  const isMissing = issue.input === undefined;
  const isRequired = body?.shape[String(field)]?.safeParse(undefined).success === false;
  return [createParameterIssue(String(field), issue.message, isMissing ? 'Add it.' : isRequired ? 'Change it.' : undefined)];
}

/** Finds the fields whose texts have the character U+0000: PostgreSQL cannot store it, and no text needs it. */
function findNulCharacters(fields: Readonly<Record<string, unknown>>): readonly Issue[] {
  return Object.entries(fields)
    .filter(([, value]) => hasNulCharacter(value))
    .map(([field]) => createParameterIssue(field, 'text without the character U+0000', 'Remove that character.'));
}

function hasNulCharacter(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0');
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([name, one]) => name.includes('\0') || hasNulCharacter(one));
}

const namePattern = /^[\w.-]{1,64}$/;

function unknownName(name: string, known: readonly string[]): Issue {
  const field = namePattern.test(name) ? name : '?';
  const remedy = known.length === 0 ? 'No parameter is accepted.' : `Accepted: ${known.map((one) => `\`${one}\``).join(', ')}.`;
  return { field, code: 'parameter-unknown', message: `\`${field}\` is unknown. ${remedy}` };
}

function onePerField(issues: readonly Issue[]): readonly Issue[] {
  return issues.filter(({ field }, index) => issues.findIndex((other) => other.field === field) === index);
}
