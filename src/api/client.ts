import type { Issue } from '../event/issue.ts';
import type { BodyOf, InputOf, ResponseOf, RouteKey } from './routes.ts';

export type { Issue } from '../event/issue.ts';
export type * from './accuracy/schemas.ts';
export type * from './connections/schemas.ts';
export type * from './events/schemas.ts';
export type * from './gateway/schemas.ts';
export type { Role } from './http/account-schema.ts';
export { isOutcomeName, outcomeNames, outcomeSentence } from './http/outcome-names.ts';
export type { ErasureRequest, EventFilters, ExportRequest } from './http/parameters.ts';
export type * from './people/schemas.ts';
export type { BodyOf, InputOf, ResponseOf, RouteKey } from './routes.ts';
export type * from './sites/schemas.ts';

/** The API's refusal, in its own words; `internal` where it had none. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  /** What is wrong with which field; the message says it as well. */
  readonly issues: readonly Issue[];
  constructor(code: string, message: string, issues: readonly Issue[] = []) {
    super(message);
    this.code = code;
    this.issues = issues;
  }
}

/** Carries a request to wherever the API is served, by a socket or by `fetch`; resolves with status and body. */
export type Transport = (
  method: string,
  path: string,
  body?: string,
) => Promise<{ readonly status: number; readonly body: string }>;

/** Neither is written where nothing must be said. */
type Given<A extends RouteKey> =
  BodyOf<A> extends Readonly<Record<string, never>>
    ? Readonly<Record<never, never>> extends InputOf<A>
      ? [asked?: InputOf<A>]
      : [asked: InputOf<A>]
    : [asked: InputOf<A>, body: BodyOf<A>];

/**
 * Asks for a route of `routes.ts` by its key there; what is given and answered has the types of that table. Runs in a browser
 * too. Every call may throw ApiError.
 */
export type ApiClient = <A extends RouteKey>(address: A, ...given: Given<A>) => Promise<ResponseOf<A>>;

export function createApiClient(carry: Transport): ApiClient {
  return async (address, ...given) => {
    const [asked = {}, body]: readonly [asked?: Readonly<Record<string, unknown>>, body?: unknown] = given;
    const [method = '', template = ''] = address.split(' ');
    return JSON.parse(await request(carry, method, filledIn(template, asked), body));
  };
}

/** The routes that only look. */
export type ReadRouteKey = Extract<RouteKey, `GET ${string}`>;

/** The same for routes that only look, all of them asked in one form: for whoever keeps answers by what was asked. */
export function createReadClient(
  carry: Transport,
): <A extends ReadRouteKey>(address: A, asked: InputOf<A>) => Promise<ResponseOf<A>> {
  return async (address, asked) => {
    const [method = '', template = ''] = address.split(' ');
    return JSON.parse(await request(carry, method, filledIn(template, asked)));
  };
}

/** The body of the answer. @throws ApiError where it is a refusal. */
export async function request(carry: Transport, method: string, path: string, body?: unknown): Promise<string> {
  const answer = await carry(method, path, body === undefined ? undefined : JSON.stringify(body));
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  throw refusal(answer.status, answer.body);
}

/** What the template names goes into the address, the rest into the query; a list there as often as it is long. */
function filledIn(template: string, asked: Readonly<Record<string, unknown>>): string {
  const inPath = new Set<string>();
  const path = template.replace(/:(\w+)/g, (_, name: string) => {
    inPath.add(name);
    return encodeURIComponent(String(asked[name]));
  });
  const query = new URLSearchParams(
    Object.entries(asked).flatMap(([name, value]) => {
      const values: readonly unknown[] = Array.isArray(value) ? value : [value];
      const given = inPath.has(name) ? [] : values.filter((one) => one !== undefined);
      return given.map((one): [string, string] => [name, String(one)]);
    }),
  );
  return query.size === 0 ? path : `${path}?${query}`;
}

function refusal(status: number, body: string): ApiError {
  const { error, issues } = membersOf(parsed(body));
  const { code, message } = membersOf(error);
  if (typeof code !== 'string' || typeof message !== 'string')
    return new ApiError('internal', `The gateway answered ${status} and did not say why. Look at its log.`);
  const told = (Array.isArray(issues) ? issues : []).flatMap(issueOf);
  return new ApiError(code, [message, ...told.map((issue) => issue.message)].join(' '), told);
}

function issueOf(given: unknown): readonly Issue[] {
  const { field, code, message } = membersOf(given);
  return typeof field === 'string' && typeof code === 'string' && typeof message === 'string' ? [{ field, code, message }] : [];
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
