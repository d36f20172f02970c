import { destinations } from '../../destinations/destinations.ts';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import { ConveyError } from '../../errors.ts';
import type { SiteEntry } from '../../sites/merge-sites.ts';
import type { ChangeRejected } from '../../sites/site-input.ts';
import { ChangeNotAppliedError, type SiteRegistry } from '../../sites/site-registry.ts';
import { type ApiErrorCode, ApiErrorResult } from '../http/api-errors.ts';
import type { HandlersOf } from '../http/handler.ts';
import { type ChecklistDeps, checklist } from './checklist.ts';
import { type DoctorDeps, formatFinding, runConsentDoctor } from './consent-doctor.ts';
import type { siteRoutes } from './routes.ts';
import { type SiteViewDeps, siteView } from './site-view.ts';

/** What the routes of sites need from the gateway. */
export interface SiteDeps extends SiteViewDeps, ChecklistDeps, DoctorDeps {
  readonly book: SiteRegistry;
  /** Asks the platform whether it accepts the credential. */
  readonly probe: (platform: BoundDestination) => Promise<{ readonly ok: boolean; readonly says: string }>;
  /** The seconds that the site's next trial of settings must wait; `undefined` lets it in. */
  readonly admitTrial: (site: string) => number | undefined;
}

/** Sites and their settings. The door sees to it that of the dashboard's port only owners change any. */
export function createSiteHandlers(deps: SiteDeps): HandlersOf<typeof siteRoutes> {
  const { book } = deps;
  const view = (entry: SiteEntry) => siteView(entry, deps);
  return {
    'GET /api/destinations': async () =>
      destinations.map(({ id, name, source, form, secrets, eventNames }) => ({
        id,
        name,
        source,
        settings: form,
        secrets,
        eventNames,
      })),

    'GET /api/sites': async () => book.entries().map(view),

    'POST /api/sites': (_, given) => changed(book.makeSite(given), view),

    'GET /api/sites/:site': async ({ site }) => {
      const entry = book.entry(site);
      return entry ? view(entry) : new ApiErrorResult('no-such-site');
    },

    'PATCH /api/sites/:site': ({ site }, { revision, ...given }) => changed(book.changeSite(site, revision, given), view),

    'DELETE /api/sites/:site': ({ site }) => changed(book.removeSite(site), () => ({ ok: true })),

    'POST /api/sites/:site/keys': ({ site }, { kind }) => changed(book.makeKey(site, kind), (key) => key),

    'DELETE /api/sites/:site/keys/:key': ({ site, key }) => changed(book.removeKey(site, key), () => ({ ok: true })),

    'POST /api/sites/:site/webhook-secrets': ({ site }, { secret }) => changed(book.addWebhookSecret(site, secret), view),

    'DELETE /api/sites/:site/webhook-secrets/:secret': ({ site, secret }) =>
      changed(book.removeWebhookSecret(site, secret), view),

    'PUT /api/sites/:site/connections/:connection': ({ site, connection }, { revision, destination, enabled, settings }) =>
      changed(book.putConnection(site, connection, revision, { destination, settings, enabled }), view),

    'DELETE /api/sites/:site/connections/:connection': ({ site, connection }) =>
      changed(book.removeConnection(site, connection), view),

    'POST /api/sites/:site/try-connection': async ({ site }, { connection, destination, settings }) => {
      if (!book.entry(site)) return new ApiErrorResult('no-such-site');
      if (deps.admitTrial(site) !== undefined) return new ApiErrorResult('rate-limited');
      const read = book.readConnection(site, connection, { destination, settings });
      if ('refused' in read) {
        const { issues = [] } = read;
        return { ok: false, says: 'The settings are not right yet. Nothing was asked of the platform.', issues };
      }
      const { ok, says } = await deps.probe(read.platform);
      return { ok, says: formatFinding(says), issues: [] };
    },

    'GET /api/sites/:site/checklist': async ({ site }) => {
      const entry = book.entry(site);
      return entry ? checklist(entry, deps) : new ApiErrorResult('no-such-site');
    },

    'POST /api/sites/:site/doctor': async ({ site }, { page }) => {
      const entry = book.entry(site);
      return entry ? runConsentDoctor(entry.site, book.sites(), page, deps) : new ApiErrorResult('no-such-site');
    },

    'POST /api/secrets/rotate': async () => {
      if (!book.canRotateSecrets()) return new ApiErrorResult('secrets-key-given');
      return changed(book.rotateSecrets(), (rotated) => rotated);
    },
  };
}

/** What came of a change, or the refusal that says why there was none. */
async function changed<Done, Code extends ApiErrorCode, Answer>(
  change: Promise<Done | ChangeRejected<Code>>,
  answer: (done: Done) => Answer,
): Promise<Answer | ApiErrorResult<Code | 'not-applied' | 'secrets-key-unusable'>> {
  try {
    const done = await change;
    return isRefused(done) ? new ApiErrorResult(done.refused, done.issues) : answer(done);
  } catch (error) {
    if (error instanceof ChangeNotAppliedError) return new ApiErrorResult('not-applied');
    if (error instanceof ConveyError) return new ApiErrorResult('secrets-key-unusable');
    throw error;
  }
}

function isRefused<Done, Code extends string>(done: Done | ChangeRejected<Code>): done is ChangeRejected<Code> {
  return typeof done === 'object' && done !== null && 'refused' in done;
}
