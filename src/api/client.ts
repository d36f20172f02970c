import type { Issue } from '../event/issue.ts';
import type { ApiBody, ApiInput, ApiResponse, RouteKey } from './routes.ts';

export { type ActivitySubject, activitySubjects } from '../activity/activity-kinds.ts';
export { accountNameRule, isAccountName, normalizeAccountName } from '../event/account-name.ts';
export { adjustedOutcomeNames, isAdjustedOutcome } from '../event/adjusted-outcomes.ts';
export {
  capturedFields,
  capturedItemFields,
  ga4EventNames,
  isDefaultEvent,
  maxMappings,
} from '../event/capture-settings.ts';
export { nameConnections } from '../event/connection-names.ts';
export { nameBanner } from '../event/consent-source-names.ts';
export { consentCategories, consentToolChoices, consentToolLabels } from '../event/consent-tool-names.ts';
export { describeChannel } from '../event/describe-channel.ts';
export { describeMissingCounts } from '../event/describe-missing-counts.ts';
export { isFromPage } from '../event/event.ts';
export { formatMoney, formatPercent } from '../event/format-numbers.ts';
export { isSignedScheme } from '../event/hook-signature.ts';
export { type Issue, isIssueCode } from '../event/issue.ts';
export { embedNames, maxForms, type PersonField, personFields } from '../event/lead-settings.ts';
export { isEventGap } from '../event/order-accuracy.ts';
export { maxPageRules } from '../event/page-rules.ts';
export { isRuleId } from '../event/rule.ts';
export { settingsTestTexts } from '../event/settings-test.ts';
export { consentDoesNotApply, isStoredWithoutPerson } from '../event/stored-without-person.ts';
export { addDays, findTime, getDayStart, getLocalTime, listDayStarts, subtractDays } from '../event/time-zone.ts';
export type * from './account-links/schemas.ts';
export type * from './accuracy/schemas.ts';
export type * from './activity/schemas.ts';
export type * from './alerts/schemas.ts';
export type * from './auth/schemas.ts';
export type * from './connections/match-schemas.ts';
export type * from './connections/money-schemas.ts';
export type * from './connections/retry-schemas.ts';
export type * from './connections/schemas.ts';
export type * from './consent/schemas.ts';
export type * from './events/rejection-schemas.ts';
export type * from './events/schemas.ts';
export type * from './events/search/schemas.ts';
export type * from './events/timeline-schemas.ts';
export type * from './gateway/schemas.ts';
export type * from './hooks/schemas.ts';
export { isOutcomeName, outcomeNames, outcomeSentence } from './http/outcome-names.ts';
export type { EventFilters } from './http/parameters.ts';
export { redirectPath } from './http/redirect-path.ts';
export { type Access, formatRoles, hasSiteRole, isAnyOwner, type Role, type SiteRole, siteRoles } from './http/site-roles.ts';
export { timeHeader } from './http/time-header.ts';
export type * from './imports/schemas.ts';
export type * from './issues/schemas.ts';
export { askRecipients, describeUnfinished, listErasureCounts, noRecipients, nothingFound } from './people/erasure-texts.ts';
export type { ErasureRequest, ExportRequest } from './people/parameters.ts';
export type * from './people/schemas.ts';
export type * from './platform-accounts/click-schemas.ts';
export type * from './platform-accounts/late-schemas.ts';
export type * from './platform-accounts/schemas.ts';
export type { ApiBody, ApiInput, ApiResponse, RouteKey } from './routes.ts';
export type * from './rules/schemas.ts';
export type * from './sites/checklist/schemas.ts';
export type * from './sites/consent-doctor-schemas.ts';
export type * from './sites/destination-schemas.ts';
export type * from './sites/page-session-schemas.ts';
export type * from './sites/schemas.ts';

/** An error response of the API. The code is `internal` if the response is not in the API's format. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: string;
  /** The problems by field. The message includes them. */
  readonly issues: readonly Issue[];
  constructor(code: string, message: string, issues: readonly Issue[] = []) {
    super(message);
    this.code = code;
    this.issues = issues;
  }
}

/** Sends a request to the API, over a socket or with `fetch`. */
export type Transport = (
  method: string,
  path: string,
  body?: string,
) => Promise<{ readonly status: number; readonly body: string }>;

/** The arguments of a call. Parameters and body are omitted if the route has none that is required. */
type CallArguments<A extends RouteKey> =
  ApiBody<A> extends Readonly<Record<string, never>>
    ? Readonly<Record<never, never>> extends ApiInput<A>
      ? [params?: ApiInput<A>]
      : [params: ApiInput<A>]
    : [params: ApiInput<A>, body: ApiBody<A>];

/** Calls a route by its key in `routes.ts`, with the types of that table. Also runs in a browser. @throws ApiError */
export type ApiClient = <A extends RouteKey>(key: A, ...args: CallArguments<A>) => Promise<ApiResponse<A>>;

export function createApiClient(transport: Transport): ApiClient {
  return async (key, ...args) => {
    const [params = {}, body]: readonly [params?: Readonly<Record<string, unknown>>, body?: unknown] = args;
    const [method = '', template = ''] = key.split(' ');
    return JSON.parse(await request(transport, method, buildPath(template, params), body));
  };
}

/** The routes that change nothing. */
export type ReadRouteKey = Extract<RouteKey, `GET ${string}`>;

/** Creates a client for read routes only. All of its calls have the same form, as a cache needs it. */
export function createReadClient(
  transport: Transport,
): <A extends ReadRouteKey>(key: A, params: ApiInput<A>) => Promise<ApiResponse<A>> {
  return async (key, params) => {
    const [method = '', template = ''] = key.split(' ');
    return JSON.parse(await request(transport, method, buildPath(template, params)));
  };
}

/** Sends a request and returns the body of the response. @throws ApiError */
export async function request(transport: Transport, method: string, path: string, body?: unknown): Promise<string> {
  const response = await transport(method, path, body === undefined ? undefined : JSON.stringify(body));
  if (response.status >= 200 && response.status < 300) return response.body;
  throw toApiError(response.status, response.body);
}

/** Puts parameters into the path and into the query string. A list becomes a repeated parameter. */
function buildPath(template: string, params: Readonly<Record<string, unknown>>): string {
  const inPath = new Set<string>();
  const path = template.replace(/:(\w+)/g, (_, name: string) => {
    inPath.add(name);
    return encodeURIComponent(String(params[name]));
  });
  const query = new URLSearchParams(
    Object.entries(params).flatMap(([name, value]) => {
      const values: readonly unknown[] = Array.isArray(value) ? value : [value];
      const defined = inPath.has(name) ? [] : values.filter((one) => one !== undefined);
      return defined.map((one): [string, string] => [name, String(one)]);
    }),
  );
  return query.size === 0 ? path : `${path}?${query}`;
}

function toApiError(status: number, body: string): ApiError {
  const { error, issues } = getMembers(parseJson(body));
  const { code, message } = getMembers(error);
  if (typeof code !== 'string' || typeof message !== 'string')
    return new ApiError('internal', `The gateway returned status ${status} without a reason. Check its log.`);
  const parsedIssues = (Array.isArray(issues) ? issues : []).flatMap(toIssue);
  return new ApiError(code, [message, ...parsedIssues.map((issue) => issue.message)].join(' '), parsedIssues);
}

function toIssue(item: unknown): readonly Issue[] {
  const { field, code, message } = getMembers(item);
  return typeof field === 'string' && typeof code === 'string' && typeof message === 'string' ? [{ field, code, message }] : [];
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function getMembers(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
