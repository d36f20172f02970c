import { z } from 'zod';
import type { HttpRequest, HttpResponse } from '../../destinations/kit/http-message.ts';
import { parseJsonOrUndefined } from '../../destinations/kit/response-body.ts';
import type { MicrosoftEndpoints } from './endpoints.ts';
import { type MicrosoftFailure, type MicrosoftFault, readFailure, readPartialFaults, readTrackingId } from './faults.ts';
import type { IdentityProvider } from './sign-in.ts';

/**
 * The form of a call of Microsoft Advertising's REST API.
 * @source https://learn.microsoft.com/en-us/advertising/guides/migrate-to-rest?view=bingads-13 (2026-08-17)
 */

/** A call, as far as its service, its content and its answer go. */
export interface MicrosoftCall<T> {
  readonly service: 'campaign' | 'customer' | 'reporting';
  readonly path: string;
  readonly body: object;
  /** The part of the answer that Convey reads. */
  readonly answer: z.ZodType<T>;
}

/** The sign-in and the account with which calls are made. */
export interface CallContext {
  readonly endpoints: MicrosoftEndpoints;
  readonly developerToken: string;
  readonly accessToken: string;
  readonly identityProvider: IdentityProvider;
  /** The customer that acts and its account. Customer Management takes neither. */
  readonly account?: { readonly customerId: string; readonly accountId: string } | undefined;
}

/** A list of all tags or goals of an agency is long. */
const maxAnswerBytes = 8 * 1024 * 1024;

export function encodeCall({ service, path, body }: MicrosoftCall<unknown>, context: CallContext): HttpRequest {
  const { endpoints, developerToken, accessToken, identityProvider, account } = context;
  return {
    method: 'POST',
    url: `${endpoints[service]}${path}`,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      authorization: `Bearer ${accessToken}`,
      developertoken: developerToken,
      ...(identityProvider === 'Google' && { identityprovider: 'Google' }),
      ...(account && service !== 'customer' && { customerid: account.customerId, customeraccountid: account.accountId }),
    },
    body: JSON.stringify(body),
    maxResponseBytes: maxAnswerBytes,
  };
}

/** The answer of a call, with the faults of single items, or the reason why there is none. */
export type CallResult<T> =
  | { readonly answer: T; readonly faults: readonly MicrosoftFault[]; readonly trackingId?: string }
  | { readonly failure: MicrosoftFailure };

export function decodeAnswer<T>({ answer }: MicrosoftCall<T>, response: HttpResponse): CallResult<T> {
  if (response.status !== 200) return { failure: readFailure(response) };
  if (response.incomplete === 'too-long') return { failure: tooLong };
  const body = response.incomplete ? undefined : parseJsonOrUndefined(response.body);
  const { data, success } = answer.safeParse(body);
  if (!success) return { failure: unreadable };
  const trackingId = readTrackingId(response, body);
  return { answer: data, faults: readPartialFaults(body), ...(trackingId !== undefined && { trackingId }) };
}

const unreadable: MicrosoftFailure = {
  action: 'retry',
  code: 'answer-unreadable',
  message: 'Microsoft sent an answer in an unknown form. Try again. If it persists, update Convey.',
};

const tooLong: MicrosoftFailure = {
  action: 'unavailable',
  code: 'answer-too-long',
  message: 'Microsoft sent a list of more than 8 MB, which Convey does not read. Enter tag and token by hand.',
};

/** Ids are documented as text, and numbers are in use too. */
export const idSchema = z.union([z.string().regex(/^\d{1,20}$/), z.int().nonnegative().transform(String)]);
/** A member that may be missing, null or of an unknown form. */
export const lenient = <T>(schema: z.ZodType<T>) =>
  schema
    .nullish()
    .catch(undefined)
    .transform((value) => value ?? undefined);
/** A list whose entries may be null or of an unknown form, which are left out. */
export const lenientList = <T>(schema: z.ZodType<T>) =>
  z
    .array(schema.nullable().catch(null))
    .nullish()
    .transform((entries) => (entries ?? []).flatMap((entry) => (entry === null ? [] : [entry])));
