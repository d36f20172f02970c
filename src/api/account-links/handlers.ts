import type { CodeExchange } from '../../destinations/kit/account-link.ts';
import type { HttpRequest, HttpResponse, RegisteredDestination } from '../../destinations/kit/destination.ts';
import type { Issue } from '../../event/issue.ts';
import { isLoopback } from '../../net/ip-address.ts';
import type { PlatformAccounts } from '../../platform-accounts/platform-accounts.ts';
import type { SiteConnections } from '../../sites/site-connections.ts';
import type { SiteRegistry } from '../../sites/site-registry.ts';
import { findRefusal } from '../auth/permissions.ts';
import { ApiErrorResult, createParameterIssue } from '../http/api-errors.ts';
import { guardKey } from '../http/apply-change.ts';
import type { RouteHandlers } from '../http/handler.ts';
import { redirectPath } from '../http/redirect-path.ts';
import type { AccountLinkRecord, AccountLinks } from './account-links.ts';
import type { accountLinkRoutes } from './routes.ts';
import type { AccountLinkView } from './schemas.ts';

export interface AccountLinkDeps {
  readonly registry: Pick<SiteRegistry, 'entry'> & { readonly connections: Pick<SiteConnections, 'completeSettings'> };
  readonly destinations: readonly RegisteredDestination[];
  readonly accountLinks: AccountLinks;
  /** Signs operators in at the platforms whose accounts are stored. */
  readonly accounts: Pick<PlatformAccounts, 'find' | 'finish'>;
  /** Sends the exchange to the platform, or returns the code of the failure. */
  readonly exchange: (request: HttpRequest) => Promise<{ readonly response: HttpResponse } | { readonly failure: string }>;
  /** Returns the seconds until the site may begin again, or `undefined` if it may now. */
  readonly admitTrial: (site: string) => number | undefined;
}

/** The answer of a platform's page: a code to exchange, or an error. */
type ConsentAnswer = CodeExchange | { readonly error: string; readonly description?: string | undefined };
type LinkChange = Parameters<AccountLinks['change']>[1];

/** Creates the handlers that connect accounts of platforms. */
export function createAccountLinkHandlers(deps: AccountLinkDeps): RouteHandlers<typeof accountLinkRoutes> {
  const { registry, accountLinks } = deps;
  /** Exchanges the code for a credential that becomes a setting. */
  const finishLink = async (record: AccountLinkRecord, answer: ConsentAnswer): Promise<LinkChange> => {
    const { site, connection, destination } = record;
    const platform = deps.destinations.find(({ id }) => id === destination);
    if (!platform?.accountLink) return { result: noAccountLink };
    if ('error' in answer) return { result: platform.accountLink.explainError(answer.error) };
    const input = { ...record.settings, ...record.secrets };
    const complete = registry.connections.completeSettings(site, connection, { destination, settings: input });
    const bound = platform.accountLink.bind('refused' in complete ? input : complete.settings);
    if ('issues' in bound) return { result: bound.issues[0] ?? noAccountLink };
    const sent = await deps.exchange(bound.encode(answer));
    const result = 'response' in sent ? bound.decode(sent.response) : { issue: explainFailure(sent.failure) };
    if ('issue' in result) return { result: result.issue };
    const { settings, secrets } = splitSecrets(result.settings, platform);
    const merged = { settings: { ...record.settings, ...settings }, secrets: { ...record.secrets, ...secrets } };
    return { ...merged, result: 'connected' };
  };
  /** Exchanges the code for a grant of the platform's account. */
  const finishSignIn = async (
    { site, destination: platform, identityProvider }: AccountLinkRecord & { readonly identityProvider: string },
    answer: ConsentAnswer,
  ): Promise<LinkChange> => {
    if ('error' in answer) {
      const service = deps.accounts.find(platform);
      const code = service?.readErrorCode(answer.error, answer.description) ?? answer.error;
      return { result: { field: '', code, message: service?.explainError(code) ?? noAccountLink.message } };
    }
    const signedIn = await deps.accounts.finish({ site, platform, identityProvider }, answer);
    if ('value' in signedIn) return { grant: signedIn.value, result: 'signed-in' };
    const { code, message } = signedIn.failure;
    return { result: { field: '', code, message } };
  };
  return {
    'POST /api/sites/:site/account-links': async ({ site }, { connection, destination, settings, link }, caller) => {
      const { session, origin } = caller;
      if (session === undefined || origin === undefined) return new ApiErrorResult('dashboard-only');
      if (!registry.entry(site)) return new ApiErrorResult('no-such-site');
      if (!isRedirectTarget(origin)) return new ApiErrorResult('redirect-insecure');
      const platform = deps.destinations.find(({ id }) => id === destination);
      if (!platform?.accountLink) return new ApiErrorResult('parameter-invalid', [noAccountLink]);
      const earlier = link === undefined ? undefined : await accountLinks.find(session, link);
      if (link !== undefined && !earlier) return new ApiErrorResult('no-such-link');
      const input = { ...listHeldSecrets(earlier, { site, destination }), ...settings };
      const complete = registry.connections.completeSettings(site, connection, { destination, settings: input });
      if ('refused' in complete) return new ApiErrorResult(complete.refused, complete.issues);
      const bound = platform.accountLink.bind(complete.settings);
      if ('issues' in bound) return new ApiErrorResult('parameter-invalid', bound.issues);
      if (deps.admitTrial(site) !== undefined) return new ApiErrorResult('rate-limited');
      if (link !== undefined) await accountLinks.remove(link);
      const draft = { site, destination, connection, ...splitSecrets(input, platform) };
      return guardKey(accountLinks.start(session, draft, `${origin}${redirectPath}`, bound.authorize));
    },

    'POST /api/account-links/finish': async (_, { state, code, error, description }, { session, access }) => {
      if (session === undefined) return new ApiErrorResult('dashboard-only');
      const record = await accountLinks.takeConsent(session, state);
      // The account may have lost its role since the attempt began.
      const right = record?.identityProvider === undefined ? 'editor' : 'owner';
      if (!record || findRefusal(access, right, record.site)) return new ApiErrorResult('no-such-link');
      const { identityProvider } = record;
      const answer = code === undefined ? { error: error ?? '', description } : { ...record.exchange, code };
      const change =
        identityProvider === undefined ? finishLink(record, answer) : finishSignIn({ ...record, identityProvider }, answer);
      const changed = await guardKey(change.then((result) => accountLinks.change(record, result)));
      return changed instanceof ApiErrorResult ? changed : getLinkTarget(changed);
    },

    'GET /api/sites/:site/account-links/:link': async ({ site, link }, _, { session }) => {
      if (session === undefined) return new ApiErrorResult('dashboard-only');
      if (!registry.entry(site)) return new ApiErrorResult('no-such-site');
      const record = await accountLinks.find(session, link);
      return record?.site === site ? toLinkView(record) : new ApiErrorResult('no-such-link');
    },
  };
}

/** Separates secret settings, which no response contains, from the others. */
export function splitSecrets(
  settings: Readonly<Record<string, unknown>>,
  { secrets: names }: Pick<RegisteredDestination, 'secrets'>,
) {
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
export function isRedirectTarget(origin: string): boolean {
  const { protocol, hostname } = new URL(origin);
  return protocol === 'https:' || isLoopback(hostname);
}

/** Returns the place to which the operator returns. */
export function getLinkTarget({ id, site, destination, connection }: AccountLinkRecord) {
  return { link: id, site, destination, ...(connection !== undefined && { connection }) };
}

export function toLinkView(record: AccountLinkRecord): AccountLinkView {
  const { settings, secrets, result, identityProvider } = record;
  const state = typeof result === 'object' ? 'failed' : result;
  const issues = typeof result === 'object' ? [result] : [];
  return {
    ...getLinkTarget(record),
    state,
    settings: { ...settings },
    secrets: Object.keys(secrets),
    issues,
    ...(identityProvider !== undefined && { identityProvider }),
  };
}

function explainFailure(failure: string): Issue {
  const message = `The platform did not answer (${failure}). Check that this machine can reach it, then connect the account again.`;
  return { field: '', code: 'no-response', message };
}

const noAccountLink = createParameterIssue('destination', 'a platform to which accounts are connected');
