import type { RegisteredDestination } from '../../destinations/kit/destination.ts';
import type { AccountPlatform, PlatformResult } from '../../platform-accounts/account-platform.ts';
import { appMissing, type PlatformAccounts } from '../../platform-accounts/platform-accounts.ts';
import type { AppInput, MissingSecret, PlatformApps } from '../../platform-accounts/platform-apps.ts';
import type { SiteRegistry } from '../../sites/site-registry.ts';
import { type ConsumerId, formatConsumerId } from '../../storage/ports/consumer-id.ts';
import type { PlatformGrantStore } from '../../storage/ports/platform-grants.ts';
import { parseUploadState } from '../../storage/ports/upload-state.ts';
import type { UploadStore } from '../../storage/ports/uploads.ts';
import type { AccountLinks } from '../account-links/account-links.ts';
import { getLinkTarget, isRedirectTarget, splitSecrets, toLinkView } from '../account-links/handlers.ts';
import { ApiErrorResult, createParameterIssue } from '../http/api-errors.ts';
import { guardKey } from '../http/apply-change.ts';
import type { ApiCaller, RouteHandlers } from '../http/handler.ts';
import { redirectPath } from '../http/redirect-path.ts';
import { refreshLateAccounts } from '../http/refresh-late-accounts.ts';
import { type ClickDeps, createClickHandlers } from './click-handlers.ts';
import { createGoalHandlers, type GoalDeps } from './goal-handlers.ts';
import { createLateHandlers, type LateDeps } from './late-handlers.ts';
import { refuse } from './refuse.ts';
import type { platformAccountRoutes } from './routes.ts';
import type { AccountPlatformView, ConnectedAccountView } from './schemas.ts';

export interface PlatformAccountDeps extends GoalDeps, ClickDeps, LateDeps {
  readonly registry: Pick<SiteRegistry, 'entry' | 'connections' | 'refreshLateAccounts'>;
  readonly accounts: PlatformAccounts;
  readonly destinations: readonly RegisteredDestination[];
  readonly accountLinks: AccountLinks;
  readonly apps: PlatformApps;
  readonly grants: PlatformGrantStore & Pick<UploadStore, 'countUploads' | 'getUploadState'>;
}

/** Creates the handlers that connect accounts by a sign-in. */
export function createPlatformAccountHandlers(deps: PlatformAccountDeps): RouteHandlers<typeof platformAccountRoutes> {
  const { accounts, apps, accountLinks, grants } = deps;
  const findLink = async (site: string, link: string, { session }: ApiCaller) => {
    if (!deps.registry.entry(site)) return new ApiErrorResult('no-such-site');
    const record = await accountLinks.find(session, link);
    const grant = record?.grant === undefined ? undefined : await grants.findGrant(record.grant);
    if (record?.site !== site || !grant) return new ApiErrorResult('no-such-link');
    const account = await accounts.open(grant);
    return account ? { record, account, grant } : refuse(appMissing);
  };
  const findUnchangeable = async (destination: string) => {
    if (!accounts.find(destination)) return new ApiErrorResult('parameter-invalid', [noAccounts]);
    return (await apps.describe(destination)).source === 'file' ? new ApiErrorResult('file-made') : undefined;
  };
  return {
    ...createGoalHandlers(deps),
    ...createClickHandlers(deps),
    ...createLateHandlers(deps),

    'GET /api/account-platforms': () => Promise.all(accounts.platforms.map((platform) => describePlatform(platform, apps))),

    'PUT /api/account-platforms/:destination/app': async ({ destination }, input) =>
      (await findUnchangeable(destination)) ?? guardKey(saveApp(apps, destination, input)),

    'DELETE /api/account-platforms/:destination/app': async ({ destination }) => {
      const unchangeable = await findUnchangeable(destination);
      if (unchangeable) return unchangeable;
      await apps.remove(destination);
      return { ok: true };
    },

    'POST /api/sites/:site/account-sign-ins': async ({ site }, { destination, connection, settings, ...input }, caller) => {
      const { session, origin } = caller;
      if (session === undefined || origin === undefined) return new ApiErrorResult('dashboard-only');
      if (!deps.registry.entry(site)) return new ApiErrorResult('no-such-site');
      if (!isRedirectTarget(origin)) return new ApiErrorResult('redirect-insecure');
      const platform = accounts.find(destination);
      const target = deps.destinations.find(({ id }) => id === destination);
      if (!platform || !target) return new ApiErrorResult('parameter-invalid', [noAccounts]);
      const providers = platform.listIdentityProviders(await apps.describe(destination));
      const identityProvider = input.identityProvider ?? providers[0];
      if (!providers.includes(identityProvider)) return new ApiErrorResult('parameter-invalid', [noProvider]);
      const authorize = await accounts.prepare({ platform: destination, identityProvider });
      if (!authorize) return refuse(appMissing);
      if (deps.admitTrial(site) !== undefined) return new ApiErrorResult('rate-limited');
      const draft = { site, destination, connection, identityProvider, ...splitSecrets(settings, target) };
      return guardKey(accountLinks.start(session, draft, `${origin}${redirectPath}`, authorize));
    },

    'GET /api/sites/:site/account-links/:link/accounts': async ({ site, link }, _, caller) => {
      const found = await findLink(site, link, caller);
      return found instanceof ApiErrorResult ? found : toList(await found.account.listAccounts());
    },

    'POST /api/sites/:site/account-links/:link/tags': async ({ site, link }, account, caller) => {
      const found = await findLink(site, link, caller);
      if (found instanceof ApiErrorResult) return found;
      const tags = toList(await found.account.listTags(account));
      return tags instanceof ApiErrorResult
        ? tags
        : tags.map(({ status, ...tag }) => ({ ...tag, ...(status !== undefined && { status }) }));
    },

    'POST /api/sites/:site/account-links/:link/tag': async ({ site, link }, { tagId, ...account }, caller) => {
      const found = await findLink(site, link, caller);
      if (found instanceof ApiErrorResult) return found;
      const { record, grant } = found;
      const provided = await found.account.provideSettings(account, tagId);
      if ('failure' in provided) return refuse(provided.failure);
      const target = deps.destinations.find(({ id }) => id === record.destination);
      if (!target) return new ApiErrorResult('no-such-link');
      const { settings, secrets } = splitSecrets(provided.value, target);
      await grants.setGrantAccount(grant.id, account);
      const changed = await guardKey(
        accountLinks.change(record, {
          result: 'connected',
          settings: { ...record.settings, ...settings },
          secrets: { ...record.secrets, ...secrets },
        }),
      );
      return changed instanceof ApiErrorResult ? changed : toLinkView(changed);
    },

    'POST /api/sites/:site/account-links/:link/account': async ({ site, link }, account, caller) => {
      const found = await findLink(site, link, caller);
      if (found instanceof ApiErrorResult) return found;
      const { record, grant } = found;
      const connection = deps.registry.entry(site)?.connections.find(({ id }) => id === record.connection);
      if (connection?.destination !== record.destination) return new ApiErrorResult('no-such-connection');
      await grants.setGrantAccount(grant.id, account);
      await grants.assignGrant(site, grant.id, connection.id);
      await refreshLateAccounts(deps.registry);
      await accountLinks.remove(link);
      return getLinkTarget(record);
    },

    'GET /api/sites/:site/connections/:connection/account': async ({ site, connection }) => {
      if (!deps.registry.entry(site)) return new ApiErrorResult('no-such-site');
      const grant = await accounts.findGrant(site, connection);
      const platform = grant && accounts.find(grant.platform);
      if (!platform) return {};
      const { userName, identityProvider, account, createdAt, dead } = grant;
      return {
        account: {
          destination: platform.id,
          label: platform.label,
          userName,
          identityProvider,
          ...account,
          connectedAt: createdAt,
          ...(dead && { ended: { ...dead, message: platform.explainError(dead.code) } }),
          ...(await readUploads(grants, formatConsumerId(site, connection))),
        },
      };
    },

    'DELETE /api/sites/:site/connections/:connection/account': async ({ site, connection }) => {
      if (!deps.registry.entry(site)) return new ApiErrorResult('no-such-site');
      if ((await grants.removeGrants(site, connection)) === 0) return new ApiErrorResult('not-connected');
      await refreshLateAccounts(deps.registry);
      return { ok: true };
    },
  };
}

/** Returns how far the rows are that a connection sends with the access. */
async function readUploads(
  store: Pick<UploadStore, 'countUploads' | 'getUploadState'>,
  consumer: ConsumerId,
): Promise<Pick<ConnectedAccountView, 'uploads'>> {
  const { waiting = 0, uploaded = 0, attributed = 0, refused = 0 } = await store.countUploads(consumer);
  const { pause } = parseUploadState(await store.getUploadState(consumer));
  if (waiting + uploaded + attributed + refused === 0) return {};
  const { code = '', message = '', trackingId, since = 0, until = null } = pause ?? {};
  const paused = {
    ...{ code, message, since },
    ...(trackingId !== undefined && { trackingId }),
    ...(until !== null && { until }),
  };
  return { uploads: { waiting, sent: uploaded + attributed, refused, ...(pause && { pause: paused }) } };
}

async function saveApp(
  apps: PlatformApps,
  destination: string,
  input: AppInput,
): Promise<{ ok: true } | ApiErrorResult<'parameter-invalid'>> {
  const missing = await apps.save(destination, input);
  if (missing === undefined) return { ok: true };
  return new ApiErrorResult('parameter-invalid', [createParameterIssue(missing, missingRules[missing])]);
}

const missingRules = {
  developerToken: 'the developer token',
  'google.clientSecret': "the secret of Google's client",
} as const satisfies Record<MissingSecret, string>;

async function describePlatform(platform: AccountPlatform, apps: PlatformApps): Promise<AccountPlatformView> {
  const { id, label, description, guide, provides } = platform;
  const app = await apps.describe(id);
  const identityProviders = [...platform.listIdentityProviders(app)];
  return { destination: id, label, description, guide, identityProviders, provides: [...provides], app };
}

function toList<T>(result: PlatformResult<readonly T[]>): T[] | ApiErrorResult<'platform-refused'> {
  return 'failure' in result ? refuse(result.failure) : [...result.value];
}

const noAccounts = createParameterIssue('destination', 'a platform whose accounts can be connected');
const noProvider = createParameterIssue('identityProvider', 'a service for which the gateway has an app');
