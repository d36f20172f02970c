import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { EffectiveConsent } from '../../event/consent.ts';
import type { Event } from '../../event/event.ts';
import { getMaxEventAgeMs, listLateConnections } from '../../event/late-events.ts';
import type { Connection, Site } from '../../event/site.ts';
import { dayMs, type UnixMs } from '../../event/units.ts';
import type { EventLog } from '../../storage/log/event-log.ts';
import type { StoredImport } from '../../storage/ports/imports.ts';
import type { Store } from '../../storage/ports/store.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import type { RouteHandlers } from '../http/handler.ts';
import { withSite } from '../http/with-site.ts';
import { findLag } from './find-lag.ts';
import type { importRoutes } from './routes.ts';
import type { CheckedRow, ImportView, RowResult } from './schemas.ts';

/** The imports of a site that are remembered. */
const maxImports = 1_000;

/** The result of a row that was not stored. `plan`: what each connection would do; absent if the gateway does not know. */
interface CheckedOutcome extends RowResult {
  readonly event?: Event;
  readonly plan?: readonly { readonly connection: string; readonly outcome: string }[];
}

export interface ImportDeps {
  readonly sites: () => readonly Site[];
  readonly store: Store;
  readonly log: EventLog;
  readonly now: () => UnixMs;
  readonly getPlatform: (connection: Connection) => BoundDestination;
  /** Accepts rows like events of the shop's server. `check` stores nothing. */
  readonly rowImporter: {
    append(site: Site, events: readonly unknown[]): Promise<readonly RowResult[]>;
    check(site: Site, events: readonly unknown[]): Promise<readonly CheckedOutcome[]>;
  };
  /** Returns what an event of the shop's server counts as if it states no consent. */
  readonly getMissingConsent: (site: Site) => EffectiveConsent;
}

export function createImportHandlers(deps: ImportDeps): RouteHandlers<typeof importRoutes> {
  const { sites, store, now, getPlatform, rowImporter, getMissingConsent } = deps;
  const forSite = withSite(sites);
  const readWait = async (site: Site) => {
    const wait = await findLag(site, deps);
    return wait ? { wait } : {};
  };
  return {
    'GET /api/sites/:site/imports': forSite(async (site) => ({
      missingConsent: getMissingConsent(site) === 'granted' ? 'granted' : 'denied',
      maxAgeDays: toDays(getMaxEventAgeMs(site)),
      platforms: site.connections
        .filter(({ enabled }) => enabled)
        .map((connection) => {
          const { name, limits } = getPlatform(connection);
          const { id } = connection;
          const takesLate = listLateConnections(site).includes(id);
          return { connection: id, platform: name, maxAgeDays: toDays(limits.maxAgeMs), takesLate };
        }),
      imports: (await store.listImports(site.id)).map(toView),
    })),

    'POST /api/sites/:site/imports': forSite(async (site, _params, { id }) =>
      toView(await store.startImport(site.id, id, now(), maxImports)),
    ),

    'GET /api/sites/:site/imports/:import': forSite(async (site, params) => {
      const found = await store.findImport(site.id, params.import);
      return found ? { import: toView(found), ...(await readWait(site)) } : new ApiErrorResult('no-such-import');
    }),

    'POST /api/sites/:site/imports/:import/rows': forSite(async (site, params, body) => {
      const { after, through, events, repeated = 0, refused = 0, isFinished = false } = body;
      const found = await store.findImport(site.id, params.import);
      if (!found) return new ApiErrorResult('no-such-import');
      if (found.line !== after || through <= after) return new ApiErrorResult('import-elsewhere');
      const results = events.length === 0 ? [] : await rowImporter.append(site, events);
      const count = (wanted: RowResult['result']) => results.filter(({ result }) => result === wanted).length;
      const step = {
        after,
        line: through,
        accepted: count('accepted'),
        repeated: count('repeated') + repeated,
        refused: count('refused') + refused,
        isFinished: isFinished,
      };
      if (!(await store.advanceImport(site.id, found.id, step, now()))) return new ApiErrorResult('import-elsewhere');
      const current = (await store.findImport(site.id, found.id)) ?? found;
      return { results, import: toView(current), ...(await readWait(site)) };
    }),

    'POST /api/sites/:site/imports/dry-run': forSite(async (site, _params, { events }) => ({
      results: (await rowImporter.check(site, events)).map((outcome) => toChecked(outcome, site)),
    })),
  };
}

function toDays(ms: number): number {
  return ms / dayMs;
}

function toView({ site: _, ...stored }: StoredImport): ImportView {
  return stored;
}

function toChecked({ event, plan = [], ...row }: CheckedOutcome, site: Site): CheckedRow {
  if (!event) return { ...row, plan: [] };
  const uploading = event.name === 'Purchase' ? listLateConnections(site) : [];
  return {
    ...row,
    consent: event.consent.effective,
    plan: plan.map(({ connection, outcome }) => ({
      connection,
      outcome: outcome === 'too-old-on-arrival' && uploading.includes(connection) ? 'uploaded' : outcome,
    })),
  };
}
