import type { HttpRequest, HttpResponse, RegisteredDestination } from '../../destinations/kit/destination.ts';
import type { Issue } from '../../event/issue.ts';
import { isLoopback } from '../../net/ip-address.ts';
import type { SiteConnections } from '../../sites/site-connections.ts';
import type { SiteRegistry } from '../../sites/site-registry.ts';
import { findRefusal } from '../auth/permissions.ts';
import { ApiErrorResult, createParameterIssue } from '../http/api-errors.ts';
import type { RouteHandlers } from '../http/handler.ts';
import { redirectPath } from '../http/redirect-path.ts';
import type { AccountLinkRecord, AccountLinks } from './account-links.ts';
import type { accountLinkRoutes } from './routes.ts';
import type { AccountLinkView } from './schemas.ts';

export interface AccountLinkDeps {
  readonly registry: Pick<SiteRegistry, 'entry'> & { readonly connections: Pick<SiteConnections, 'completeSettings'> };
  readonly destinations: readonly RegisteredDestination[];
  readonly accountLinks: AccountLinks;
  /** Sends the exchange to the platform, or returns the code of the failure. */
  readonly exchange: (request: HttpRequest) => Promise<{ readonly response: HttpResponse } | { readonly failure: string }>;
  /** Returns the seconds until the site may begin again, or `undefined` if it may now. */
  readonly admitTrial: (site: string) => number | undefined;
}

/** Creates the handlers that connect accounts of platforms. */
export function createAccountLinkHandlers(deps: AccountLinkDeps): RouteHandlers<typeof accountLinkRoutes> {
  const { registry, accountLinks } = deps;
  return {
    'POST /api/sites/:site/account-links': async ({ site }, { connection, destination, settings, link }, caller) => {
      const { session, origin } = caller;
      if (session === undefined || origin === undefined) return new ApiErrorResult('dashboard-only');
      if (!registry.entry(site)) return new ApiErrorResult('no-such-site');
      if (!isRedirectTarget(origin)) return new ApiErrorResult('redirect-insecure');
      const platform = deps.destinations.find(({ id }) => id === destination);
      if (!platform?.accountLink) return new ApiErrorResult('parameter-invalid', [noAccountLink]);
      const earlier = link === undefined ? undefined : accountLinks.find(session, link);
      if (link !== undefined && !earlier) return new ApiErrorResult('no-such-link');
      const input = { ...listHeldSecrets(earlier, { site, destination }), ...settings };
      const complete = registry.connections.completeSettings(site, connection, { destination, settings: input });
      if ('refused' in complete) return new ApiErrorResult(complete.refused, complete.issues);
      const bound = platform.accountLink.bind(complete.settings);
      if ('issues' in bound) return new ApiErrorResult('parameter-invalid', bound.issues);
      if (deps.admitTrial(site) !== undefined) return new ApiErrorResult('rate-limited');
      if (link !== undefined) accountLinks.remove(link);
      const draft = { site, destination, connection, ...splitSecrets(input, platform) };
      return accountLinks.start(session, draft, bound, `${origin}${redirectPath}`);
    },

    'POST /api/account-links/finish': async (_, { state, code, error }, { session, access }) => {
      if (session === undefined) return new ApiErrorResult('dashboard-only');
      const consent = accountLinks.takeConsent(session, state);
      // The account may have lost its role since the attempt began.
      if (!consent || findRefusal(access, 'editor', consent.record.site)) return new ApiErrorResult('no-such-link');
      const { record, bound, exchange } = consent;
      const platform = deps.destinations.find(({ id }) => id === record.destination);
      if (!platform?.accountLink) return new ApiErrorResult('no-such-link');
      if (code === undefined) accountLinks.fail(record, platform.accountLink.explainError(error ?? ''));
      else {
        const sent = await deps.exchange(bound.encode({ ...exchange, code }));
        const result = 'response' in sent ? bound.decode(sent.response) : { issue: explainFailure(sent.failure) };
        if ('issue' in result) accountLinks.fail(record, result.issue);
        else accountLinks.connect(record, splitSecrets(result.settings, platform));
      }
      return getTarget(record);
    },

    'GET /api/sites/:site/account-links/:link': async ({ site, link }, _, { session }) => {
      if (session === undefined) return new ApiErrorResult('dashboard-only');
      if (!registry.entry(site)) return new ApiErrorResult('no-such-site');
      const record = accountLinks.find(session, link);
      return record?.site === site ? toView(record) : new ApiErrorResult('no-such-link');
    },
  };
}

/** Separates secret settings, which no response contains, from the others. */
function splitSecrets(settings: Readonly<Record<string, unknown>>, { secrets: names }: Pick<RegisteredDestination, 'secrets'>) {
  const isSecret = ([name]: readonly [string, unknown]) => names.includes(name);
  const entries = Object.entries(settings);
  return {
    secrets: Object.fromEntries(entries.filter(isSecret)),
    settings: Object.fromEntries(entries.filter((entry) => !isSecret(entry))),
  };
}

/** Returns the secrets with which a link completes settings. A link of another site or destination completes none. */
export function listHeldSecrets(
  link: AccountLinkRecord | undefined,
  target: { readonly site: string; readonly destination: string },
): Readonly<Record<string, unknown>> {
  return link?.site === target.site && link.destination === target.destination ? link.secrets : {};
}

/**
 * Returns whether an authorization server may redirect to an origin.
 * @source https://www.rfc-editor.org/rfc/rfc9700#section-4.1.3 and https://www.rfc-editor.org/rfc/rfc8252#section-7.3 (2026-11-27)
 */
function isRedirectTarget(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  return protocol === 'https:' || isLoopback(hostname);
}

function getTarget({ id, site, destination, connection }: AccountLinkRecord) {
  return { link: id, site, destination, ...(connection !== undefined && { connection }) };
}

function toView(record: AccountLinkRecord): AccountLinkView {
  const { settings, secrets, result } = record;
  const state = typeof result === 'object' ? 'failed' : result;
  const issues = typeof result === 'object' ? [result] : [];
  return { ...getTarget(record), state, settings: { ...settings }, secrets: Object.keys(secrets), issues };
}

function explainFailure(failure: string): Issue {
  const message = `The platform did not answer (${failure}). Check that this machine can reach it, then connect the account again.`;
  return { field: '', code: 'no-response', message };
}

const noAccountLink = createParameterIssue('destination', 'a platform to which accounts are connected');
