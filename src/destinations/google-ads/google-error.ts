import { z } from 'zod';
import type { HttpResponse } from '../kit/destination.ts';
import { parseJsonOrUndefined } from '../kit/response-body.ts';

const optionalText = () => z.string().optional().catch(undefined);
const reasonText = () =>
  z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,127}$/)
    .optional()
    .catch(undefined);

const violationSchema = z.lazy(() => z.object({ field: optionalText(), description: optionalText(), reason: reasonText() }));

const detailSchema = z.lazy(() =>
  z.object({
    reason: reasonText(),
    metadata: z.record(z.string(), z.unknown()).optional().catch(undefined),
    fieldViolations: z.array(z.unknown()).optional().catch(undefined),
  }),
);

const answerSchema = z.lazy(() =>
  z.object({
    error: z.object({
      code: z.number().optional().catch(undefined),
      message: optionalText(),
      status: reasonText(),
      details: z.array(z.unknown()).optional().catch(undefined),
    }),
  }),
);

/** A field that Google refuses. The description may repeat its value, so it is not kept. */
export interface Violation {
  /** Google's path in camel case without the first `events.`: `events[3].userData`. */
  readonly path: string;
  /** The position of the event; undefined if the path is of no event. */
  readonly index?: number;
  readonly reason?: string;
}

export interface GoogleError {
  /** Such as `INVALID_ARGUMENT`. */
  readonly status?: string;
  /** The reasons of the error and of its violations. */
  readonly reasons: readonly string[];
  readonly violations: readonly Violation[];
  /** The name of the exhausted quota. */
  readonly quota?: string;
}

const maxDetails = 100;
const maxViolations = 2_000;

/**
 * Parses an error of Google.
 * @source https://developers.google.com/data-manager/api/devguides/troubleshooting/errors (2026-08)
 */
export function parseGoogleError({ body }: HttpResponse): GoogleError | undefined {
  const { data } = answerSchema.safeParse(parseJsonOrUndefined(body));
  if (data === undefined) return undefined;
  const { status, message = '', details: given = [] } = data.error;
  const details = given.slice(0, maxDetails).flatMap((detail) => detailSchema.safeParse(detail).data ?? []);
  const named = details
    .flatMap(({ fieldViolations = [] }) => fieldViolations)
    .slice(0, maxViolations)
    .flatMap((violation) => violationSchema.safeParse(violation).data ?? []);
  const violations = named.map(({ field = '', description = '', reason }) =>
    toViolation(field === '' ? findPath(description) : field, reason),
  );
  const unnamed = violations.length === 0 ? findPath(message) : '';
  const quota = details.map(({ metadata }) => metadata?.quota_limit).find((limit) => typeof limit === 'string');
  return {
    ...(status !== undefined && { status }),
    reasons: [...new Set([...details, ...named].flatMap(({ reason }) => reason ?? []))],
    violations: unnamed === '' ? violations : [toViolation(unnamed, undefined)],
    ...(typeof quota === 'string' && { quota }),
  };
}

/** Returns the path in the text of an error of the parser: `Unknown name "x" at 'events[0]': Cannot find field.` */
function findPath(text: string): string {
  return /'((?:events|destinations)\[\d{1,6}\][\w.[\]]{0,200})'/.exec(text.slice(0, 2_000))?.[1] ?? '';
}

/** Semantic errors name the list twice and in snake case: `events.events[3].user_data`. Errors of the parser do neither. */
function toViolation(given: string, reason: string | undefined): Violation {
  const path = given
    .slice(0, 300)
    .replace(/^(events|destinations)\.\1(?=\[)/, '$1')
    .replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    .replace(/[^\w.[\]]/g, '');
  const [, index] = /^events\[(\d{1,6})\]/.exec(path) ?? [];
  return { path, ...(index !== undefined && { index: Number(index) }), ...(reason !== undefined && { reason }) };
}
