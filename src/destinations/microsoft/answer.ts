import { z } from 'zod';
import type { Issue } from '../../event/issue.ts';
import type { HttpResponse } from '../kit/destination.ts';
import { parseJsonOrUndefined, sanitizeVendorText } from '../kit/response-body.ts';

/**
 * The members of a response that Convey reads. A member of the wrong type counts as missing. `attemptedValue` is not read, because it may
 * be personal.
 */
const answerSchema = z.lazy(() => {
  const optionalText = z.string().optional().catch(undefined);
  return z.object({
    traceId: z.string().min(1).optional().catch(undefined),
    error: z
      .object({
        code: optionalText,
        message: optionalText,
        details: z
          .array(
            z
              .object({
                index: z.int().nonnegative().optional().catch(undefined),
                propertyName: optionalText,
                errorMessage: optionalText,
                errorCode: optionalText,
                isWarning: z.boolean().optional().catch(undefined),
              })
              .catch({}),
          )
          .optional()
          .catch(undefined),
      })
      .optional()
      .catch(undefined),
  });
});

/** An answer of Microsoft, or one in its form. */
export interface Answer extends z.output<typeof answerSchema> {
  /** The count of the processed events. */
  readonly received: number | undefined;
  /** Whether there is an error in any form. */
  readonly hasError: boolean;
}

/** Returns the answer; undefined if the body is no JSON object. */
export function parseAnswer({ body }: HttpResponse): Answer | undefined {
  const json = parseJsonOrUndefined(body);
  const members = z.record(z.string(), z.unknown()).safeParse(json).data;
  const answer = answerSchema.safeParse(json).data;
  return members && answer && { ...answer, received: readCount(members), hasError: (members.error ?? undefined) !== undefined };
}

/** Returns the count of a success. Microsoft publishes no sample of it, so any spelling counts, also as digits. */
function readCount(members: Readonly<Record<string, unknown>>): number | undefined {
  const named = Object.entries(members).filter(([name]) => name.toLowerCase().replace(/[_-]/g, '') === 'eventsreceived');
  return named.map(([, value]) => countSchema.safeParse(value).data).find((count) => count !== undefined);
}

const countSchema = z.lazy(() =>
  z.union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number),
  ]),
);

/** One detail of an error. */
export interface AnswerDetail {
  /** Index of the payload. Undefined if the detail names no payload of this batch. */
  readonly row: number | undefined;
  readonly isWarning: boolean;
  readonly issue: Issue;
}

/** Returns all details of a response. Bodies before July 2026 had no `errorCode` and no `isWarning`: their details are errors. */
export function readDetails(answer: Answer | undefined, count: number): readonly AnswerDetail[] {
  const error = answer?.error;
  if (error === undefined) return [];
  const details = (error.details ?? []).map(({ index, propertyName = '', errorMessage, errorCode, isWarning = false }) => {
    const [, named, field = ''] = /^(?:data\[(\d{1,6})\]\.?)?(.*)$/s.exec(propertyName) ?? [];
    const row = index ?? (named === undefined ? undefined : Number(named));
    return { row: row !== undefined && row < count ? row : undefined, isWarning, issue: toIssue(field, errorCode, errorMessage) };
  });
  return details.length > 0 ? details : [{ row: undefined, isWarning: false, issue: toIssue('', error.code, error.message) }];
}

function toIssue(field: string, code = '', message = ''): Issue {
  return {
    field: sanitizeVendorText(field),
    code: sanitizeVendorText(code) || 'refused',
    message: sanitizeVendorText(message) || 'Microsoft gave no reason.',
  };
}

export function toIssues(details: readonly AnswerDetail[] = []): Issue[] {
  return details.map(({ issue }) => issue);
}

/** Returns the reasons of each refused payload. */
export function groupRefusals(details: readonly AnswerDetail[]): ReadonlyMap<number, readonly Issue[]> {
  const groups = Map.groupBy(
    details.filter(({ isWarning }) => !isWarning),
    ({ row }) => row,
  );
  const refusals = new Map<number, readonly Issue[]>();
  for (const [row, reasons] of groups) if (row !== undefined) refusals.set(row, toIssues(reasons));
  return refusals;
}
