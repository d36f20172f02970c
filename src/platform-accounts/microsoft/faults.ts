import { z } from 'zod';
import type { HttpResponse } from '../../destinations/kit/http-message.ts';
import { parseJsonOrUndefined } from '../../destinations/kit/response-body.ts';
import type { PlatformFailure } from '../account-platform.ts';
import { explainFault, type FaultAction } from './fault-texts.ts';

/**
 * Reads the faults of Microsoft Advertising's API, which decide by their code and not by the status.
 * @source https://learn.microsoft.com/en-us/advertising/guides/operation-error-codes?view=bingads-13 (2026-08-10) and
 * https://learn.microsoft.com/en-us/advertising/guides/handle-service-errors-exceptions?view=bingads-13 (2026-08-17)
 */

/** The code of a fault without a number, which the status decides. */
const unnumbered = -1;

/** An error that the API names, without its texts: they may repeat values. */
export interface MicrosoftFault {
  /** The number of the error, or `unnumbered`. */
  readonly code: number;
  readonly name: string;
  /** The place in the request of a fault of one item. */
  readonly index?: number;
}

/** A call that failed as a whole. */
export interface MicrosoftFailure {
  readonly action: FaultAction;
  /** The code and the name of the fault, such as `106 UserIsNotAuthorized`, or the status. */
  readonly code: string;
  /** States what happened and what to do. */
  readonly message: string;
  /** The id that Microsoft's support asks for. */
  readonly trackingId?: string;
  /** Set if no answer came. */
  readonly isUnreached?: true;
}

const number = z.union([
  z.number().int(),
  z
    .string()
    .regex(/^-?\d{1,9}$/)
    .transform(Number),
]);
const name = z.string().regex(/^\w{1,100}$/);
const faultSchema = z.lazy(() =>
  z.object({
    Code: number.optional().catch(undefined),
    ErrorCode: name.optional().catch(undefined),
    Index: number.optional().catch(undefined),
  }),
);
const faultsSchema = z.lazy(() => z.array(faultSchema.nullable().catch(null)).optional().catch(undefined));
const bodySchema = z.lazy(() =>
  z.object({
    TrackingId: z
      .string()
      .regex(/^[\w-]{1,64}$/)
      .optional()
      .catch(undefined),
    Errors: faultsSchema,
    OperationErrors: faultsSchema,
    BatchErrors: faultsSchema,
    PartialErrors: faultsSchema,
  }),
);

type Body = z.output<typeof bodySchema>;

/** Returns the faults of single items of a successful call. They are not aligned with the request: `index` names the item. */
export function readPartialFaults(body: unknown): readonly MicrosoftFault[] {
  return toFaults(bodySchema.safeParse(body).data?.PartialErrors);
}

/** Returns the id of a call, which support asks for. */
export function readTrackingId({ headers }: Pick<HttpResponse, 'headers'>, body: unknown): string | undefined {
  return bodySchema.safeParse(body).data?.TrackingId ?? readHeader(headers.trackingid);
}

/** Returns why a call failed: by the code of its faults, then by its status. */
export function readFailure(response: HttpResponse): MicrosoftFailure {
  const json = parseJsonOrUndefined(response.body);
  const body: Body | undefined = bodySchema.safeParse(json).data;
  const faults = [...toFaults(body?.Errors), ...toFaults(body?.OperationErrors), ...toFaults(body?.BatchErrors)];
  const [fault] = faults.toSorted((one, other) => weigh(one) - weigh(other));
  const trackingId = readTrackingId(response, json);
  const action = fault ? (findAction(fault.code) ?? actionOfStatus(response.status)) : actionOfStatus(response.status);
  const code = fault ? formatFault(fault) : `HTTP ${response.status}`;
  return { action, code, message: explainFault(fault?.code, action), ...(trackingId !== undefined && { trackingId }) };
}

/** Returns why an item of a call failed. */
export function toItemFailure(fault: MicrosoftFault): MicrosoftFailure {
  const action = findAction(fault.code) ?? 'input';
  return { action, code: formatFault(fault), message: explainFault(fault.code, action) };
}

const passing: ReadonlySet<FaultAction> = new Set(['retry', 'wait', 'refresh']);

/** Returns the failure of a check that is repeated. */
export function toCheckFailure({ action, ...failure }: MicrosoftFailure): PlatformFailure {
  return { ...failure, isPassing: passing.has(action) };
}

function toFaults(faults: Body['Errors']): readonly MicrosoftFault[] {
  return (faults ?? []).flatMap((fault) => {
    if (fault === null) return [];
    const { Code: code = unnumbered, ErrorCode: named = 'Unknown', Index: index } = fault;
    return [{ code, name: named, ...(index !== undefined && { index }) }];
  });
}

/** A fault of the sign-in explains those that follow from it. */
function weigh({ code }: MicrosoftFault): number {
  const action = findAction(code);
  return action === undefined ? order.length : order.indexOf(action);
}
const order: readonly FaultAction[] = ['stop', 'refresh', 'forbidden', 'wait', 'unavailable', 'row', 'input', 'bug', 'retry'];

const formatFault = ({ code, name: named }: MicrosoftFault) => (code === unnumbered ? named : `${code} ${named}`);

function readHeader(value: string | undefined): string | undefined {
  return value !== undefined && /^[\w-]{1,64}$/.test(value) ? value : undefined;
}

function findAction(code: number): FaultAction | undefined {
  return actions.find(([, codes]) => codes.some(([from, to = from]) => code >= from && code <= to))?.[0];
}

function actionOfStatus(status: number): FaultAction {
  if (status === 401) return 'refresh';
  if (status === 403) return 'forbidden';
  if (status === 429) return 'wait';
  return status >= 400 && status < 500 ? 'bug' : 'retry';
}

/** The codes of each action: single ones, and ranges with their first and last code. */
const actions: readonly (readonly [FaultAction, readonly (readonly [from: number, to?: number])[]])[] = [
  ['retry', [[0], [5612]]],
  ['bug', [[100], [116], [201], [203], [206], [5600, 5603], [5605], [5608]]],
  ['refresh', [[105], [109]]],
  ['forbidden', [[106]]],
  ['stop', [[108], [120], [122, 126]]],
  ['wait', [[117], [207], [2004]]],
  ['unavailable', [[204], [5613], [5627], [6610]]],
  ['row', [[5604], [5607], [5609, 5611], [5614], [5616, 5626]]],
  ['input', [[5300, 5358]]],
];
