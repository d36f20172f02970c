import type { BoundDestination, RegisteredDestination } from '../../destinations/kit/destination.ts';
import { settingsTestTexts } from '../../event/settings-test.ts';
import type { SiteEntry } from '../../sites/merge-sites.ts';
import type { SiteRegistry } from '../../sites/site-registry.ts';
import type { PlatformGrantStore } from '../../storage/ports/platform-grants.ts';
import type { AccountLinks } from '../account-links/account-links.ts';
import { listHeldSecrets } from '../account-links/handlers.ts';
import { findRefusal, listPermitted } from '../auth/permissions.ts';
import { ApiErrorResult, createParameterIssue } from '../http/api-errors.ts';
import { applyChange } from '../http/apply-change.ts';
import type { ApiCaller, RouteHandlers } from '../http/handler.ts';
import { refreshLateAccounts } from '../http/refresh-late-accounts.ts';
import type { RouteResponse } from '../http/route.ts';
import { type ChecklistDeps, getChecklist } from './checklist/checklist.ts';
import { type DoctorDeps, formatFinding, runConsentDoctor } from './consent-doctor.ts';
import { destinationView } from './destination-view.ts';
import type { siteRoutes } from './routes.ts';
import { listSeenEvents, type PageSessionDeps } from './seen-events.ts';
import { type SiteViewDeps, siteView } from './site-view.ts';

type TryRoute = (typeof siteRoutes)['POST /api/sites/:site/try-connection'];

export interface SiteDeps extends SiteViewDeps, ChecklistDeps, DoctorDeps {
  readonly registry: SiteRegistry;
  readonly destinations: readonly RegisteredDestination[];
  readonly accountLinks: AccountLinks;
  readonly grants: Pick<PlatformGrantStore, 'assignGrant' | 'requestGoalCheck'>;
  readonly pageSessions: PageSessionDeps;
  /** Starts the gateway's own simulator of a platform. Returns false if there is none. */
  readonly startSimulator: (destination: string) => Promise<boolean>;
  /** Asks the platform whether it accepts the credential. */
  readonly probe: (platform: BoundDestination) => Promise<Omit<RouteResponse<TryRoute>, 'issues'>>;
  /** Returns the seconds until the site may test settings again, or `undefined` if it may now. */
  readonly admitTrial: (site: string) => number | undefined;
}

/** Settings, and the link whose secrets complete them. */
interface LinkedInput {
  readonly destination: string;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly link?: string | undefined;
}

/** Creates the handlers of sites. */
export function createSiteHandlers(deps: SiteDeps): RouteHandlers<typeof siteRoutes> {
  const { registry } = deps;
  const view = (entry: SiteEntry) => siteView(entry, deps);
  const completeWithLink = async (site: string, { destination, settings, link }: LinkedInput, { session }: ApiCaller) => {
    if (link === undefined) return settings;
    const found = await deps.accountLinks.find(session, link);
    if (found?.site !== site || found.destination !== destination) return new ApiErrorResult('no-such-link');
    return { ...listHeldSecrets(found, { site, destination }), ...settings };
  };
  /** Ends a link. A connection uses the grant of its sign-in from now on. */
  const takeGrant = async (site: string, link: string, connection: string, { session, access }: ApiCaller) => {
    const { grant, result } = (await deps.accountLinks.find(session, link)) ?? {};
    // Without a chosen account, the grant gives access to none. Only owners connect accounts.
    const isUsable = result === 'connected' && !findRefusal(access, 'owner', site);
    if (grant !== undefined && isUsable) {
      await deps.grants.assignGrant(site, grant, connection);
      await refreshLateAccounts(registry);
    }
    await deps.accountLinks.remove(link);
  };
  return {
    'GET /api/destinations': async () => deps.destinations.map(destinationView),

    'GET /api/sites': async (_params, _body, { access }) =>
      listPermitted(access, 'viewer', registry.entries(), ({ site }) => site.id).map(view),

    'POST /api/sites': (_, input) => applyChange(registry.createSite(input), view),

    'GET /api/sites/:site': async ({ site }) => {
      const entry = registry.entry(site);
      return entry ? view(entry) : new ApiErrorResult('no-such-site');
    },

    'PATCH /api/sites/:site': ({ site }, { revision, ...input }) => applyChange(registry.changeSite(site, revision, input), view),

    'DELETE /api/sites/:site': ({ site }) => applyChange(registry.removeSite(site), () => ({ ok: true })),

    'POST /api/sites/:site/keys': async ({ site }, { kind, key }) => {
      if (kind === 'segment-browser' || kind === 'segment-server') {
        const ofSegment = { kind: kind === 'segment-server' ? 'server' : 'browser', key } as const;
        return applyChange(registry.addSegmentKey(site, ofSegment), (created) => created);
      }
      if (key !== undefined)
        return new ApiErrorResult('parameter-invalid', [
          createParameterIssue('key', 'absent, because the gateway makes this key'),
        ]);
      return applyChange(registry.createKey(site, kind), (created) => created);
    },

    'DELETE /api/sites/:site/keys/:key': ({ site, key }) => applyChange(registry.removeKey(site, key), () => ({ ok: true })),

    'POST /api/sites/:site/keys/:key/trust': ({ site, key }) => applyChange(registry.trust.restore(site, key), view),

    'POST /api/sites/:site/webhook-secrets': ({ site }, { secret }) => applyChange(registry.addWebhookSecret(site, secret), view),

    'DELETE /api/sites/:site/webhook-secrets/:secret': ({ site, secret }) =>
      applyChange(registry.removeWebhookSecret(site, secret), view),

    'POST /api/sites/:site/page-sessions': async ({ site }) =>
      registry.entry(site) ? deps.pageSessions.open(site) : new ApiErrorResult('no-such-site'),

    'GET /api/sites/:site/seen-events': async ({ site }) => {
      const entry = registry.entry(site);
      return entry ? listSeenEvents(entry.site, deps.pageSessions) : new ApiErrorResult('no-such-site');
    },

    'PUT /api/sites/:site/connections/:connection': async ({ site, connection }, { link, revision, ...input }, caller) => {
      const settings = await completeWithLink(site, { ...input, link }, caller);
      if (settings instanceof ApiErrorResult) return settings;
      const put = await applyChange(registry.connections.put(site, connection, revision, { ...input, settings }), view);
      if (put instanceof ApiErrorResult) return put;
      if (link !== undefined) await takeGrant(site, link, connection, caller);
      await deps.grants.requestGoalCheck(site, connection);
      return put;
    },

    'DELETE /api/sites/:site/connections/:connection': ({ site, connection }) =>
      applyChange(registry.connections.remove(site, connection), view),

    'POST /api/sites/:site/simulator': async ({ site }, { destination }) => {
      if (!registry.entry(site)) return new ApiErrorResult('no-such-site');
      if (!(await deps.startSimulator(destination)))
        return new ApiErrorResult('parameter-invalid', [createParameterIssue('destination', 'a platform that has a simulator')]);
      return applyChange(registry.connections.connectSimulator(site, destination), view);
    },

    'POST /api/sites/:site/try-connection': async ({ site }, { connection, ...input }, caller) => {
      if (!registry.entry(site)) return new ApiErrorResult('no-such-site');
      const settings = await completeWithLink(site, input, caller);
      if (settings instanceof ApiErrorResult) return settings;
      if (deps.admitTrial(site) !== undefined) return new ApiErrorResult('rate-limited');
      const read = registry.connections.read(site, connection, { destination: input.destination, settings });
      if ('refused' in read) {
        const { issues = [] } = read;
        return { ok: false, state: 'invalid', says: `${settingsTestTexts.invalid.sentence}.`, issues };
      }
      const { ok, state, says } = await deps.probe(read.platform);
      return { ok, state, says: formatFinding(says), issues: [] };
    },

    'GET /api/sites/:site/checklist': async ({ site }) => {
      const entry = registry.entry(site);
      if (!entry) return new ApiErrorResult('no-such-site');
      const { url, isGuess } = deps.getCollectorUrl(entry.site);
      return getChecklist(entry, deps, isGuess ? undefined : `${url}${deps.pixelPath}`);
    },

    'POST /api/sites/:site/doctor': async ({ site }, { page }, { access }) => {
      const entry = registry.entry(site);
      // The advice names the site of another snippet on the page.
      const known = listPermitted(access, 'viewer', registry.sites(), ({ id }) => id);
      return entry ? runConsentDoctor(entry.site, known, page, deps) : new ApiErrorResult('no-such-site');
    },

    'POST /api/secrets/rotate': async () => {
      if (!registry.secrets.canRotate()) return new ApiErrorResult('secrets-key-given');
      return applyChange(registry.secrets.rotate(), (rotated) => rotated);
    },
  };
}
