import type { Hono } from 'hono';
import type { BoundDestination } from '../destinations/kit/destination.ts';
import type { BudgetState } from '../event/browser-budget.ts';
import type { Connection, Site } from '../event/site.ts';
import type { UnixMs } from '../event/units.ts';
import type { Offset } from '../storage/log/event-log.ts';
import { type OrderParts, orderHandlers } from './accuracy/handlers.ts';
import { type AccountParts, accountHandlers } from './auth/account-handlers.ts';
import { connectionView } from './connections/connection-view.ts';
import { type DeliveryParts, deliveryHandlers } from './connections/handlers.ts';
import { matchQuality, parseDayRange } from './connections/match-quality.ts';
import { getDeadLetterPage } from './events/dead-letters.ts';
import { getEventPage, getRejectionPage, getTimelines } from './events/event-queries.ts';
import type { TimelineView } from './events/schemas.ts';
import { getTestEventOrigin } from './events/test-event-origin.ts';
import { ApiErrorResult } from './http/api-errors.ts';
import { withSite } from './http/with-site.ts';
import { type PersonParts, personHandlers } from './people/handlers.ts';
import { openApiDocument } from './reference/openapi.ts';
import { referencePage } from './reference/reference-page.ts';
import { type AdminEnv, createRouter, FileDownload, type Handlers } from './router.ts';
import { type SiteParts, siteHandlers } from './sites/handlers.ts';

/** What the API needs from the gateway. */
export interface ApiParts extends DeliveryParts, OrderParts, PersonParts {
  readonly version: string;
  readonly startedAt: UnixMs;
  /** Where events are taken. */
  readonly collectorUrl: string;
  readonly platformOf: (connection: Connection) => BoundDestination;
  /** Whether the connection's events reach a real platform, not a simulator. */
  readonly isLive: (connection: Connection) => boolean;
  /** Sites and connections as they are set. */
  readonly settings: SiteParts;
  /** What an event took of what was known of its shopper, and what that was found by; and what it lacks. */
  readonly shopperOf: (site: string, offset: Offset) => Promise<Pick<TimelineView, 'recalled' | 'missing'>>;
  /** What browsers have used today of what they may add to a site. */
  readonly browserBudget: (site: string) => Promise<BudgetState>;
  /** Accepts one synthetic event for the site; answers its id. */
  readonly sendTest: (site: Site) => Promise<string>;
  readonly accounts: AccountParts;
  /** Copies everything that is kept, and hands it over. */
  readonly backup: () => Promise<
    { readonly stream: ReadableStream<Uint8Array>; readonly bytes: number } | 'backup-running' | 'backup-no-room'
  >;
}

/** The HTTP API behind the CLI and the dashboard: what answers each route of `routes.ts`. */
export function adminApi(parts: ApiParts): Hono<AdminEnv> {
  const { sites, store, log } = parts;
  const document = openApiDocument(parts.version);
  const reference = referencePage(document);

  const ofSite = withSite(sites);

  const handlers: Handlers = {
    'GET /api/status': async () => ({
      version: parts.version,
      startedAt: parts.startedAt,
      log: await log.health(),
      collectorUrl: parts.collectorUrl,
      sites: await Promise.all(
        sites().map(async ({ id, name, connections }) => ({
          id,
          name,
          connections: connections.map((one) => one.id),
          browserBudget: await parts.browserBudget(id),
        })),
      ),
    }),

    'POST /api/backup': async () => {
      const backup = await parts.backup();
      return typeof backup === 'string' ? new ApiErrorResult(backup) : new FileDownload(backup.stream, backup.bytes);
    },

    'GET /api/connections': async () =>
      Promise.all(sites().flatMap((site) => site.connections.map((connection) => connectionView(site, connection, parts)))),

    'POST /api/sites/:site/connections/:connection/:action': ofSite(async (site, { connection, action }) => {
      const pump = parts.control(site.id, connection);
      if (!pump) return new ApiErrorResult('no-such-connection');
      switch (action) {
        case 'pause':
          await pump.pause();
          return { says: 'Paused.', ok: true };
        case 'resume':
          await pump.resume();
          return { says: 'Resumed.', ok: true };
        case 'probe': {
          const verdict = await pump.probe();
          return { says: verdict === 'ok' ? 'The platform accepts the credential.' : verdict, ok: verdict === 'ok' };
        }
      }
    }),

    'GET /api/sites/:site/match-quality': ofSite(async (site, { connection: only, since, until }) => {
      const listed = site.connections.filter(({ id }) => only === undefined || id === only);
      if (only !== undefined && listed.length === 0) return new ApiErrorResult('no-such-connection');
      const days = parseDayRange(since, until, parts.now());
      const views = listed.map(async ({ id: connection }) => {
        const counts = await store.getMatchCounts(`${site.id}/${connection}`, days.since, days.until);
        return { site: site.id, connection, ...days, ...matchQuality(counts) };
      });
      return Promise.all(views);
    }),

    'POST /api/sites/:site/send-test': ofSite(async (site, { live }) => {
      const isLive = site.connections.some((connection) => connection.enabled && parts.isLive(connection));
      return isLive && live !== '1' ? new ApiErrorResult('live-endpoint') : { eventId: await parts.sendTest(site) };
    }),

    'GET /api/sites/:site/events': ofSite((site, asked) => getEventPage(site, parts, asked)),
    // The id is no part of the address: one that is dots or slashes would lead elsewhere.
    'GET /api/sites/:site/timelines': ofSite((site, { id }) => getTimelines(site, id, parts)),
    'GET /api/sites/:site/seen': ofSite((site, { id }) => getTestEventOrigin(site, id, parts)),
    'GET /api/sites/:site/rejections': ofSite((site, asked) => getRejectionPage(site, log, asked)),
    'GET /api/sites/:site/dead-letters': ofSite((site, asked) => getDeadLetterPage(site, store, asked)),

    ...orderHandlers(parts),
    ...siteHandlers(parts.settings),
    ...deliveryHandlers(parts),
    ...personHandlers(parts),
    ...accountHandlers(parts.accounts),

    'GET /api/openapi.json': async () => ({ ...document }),
    'GET /api': () => reference,
  };
  return createRouter(handlers, {
    onFault: (fault) => parts.onFault?.(fault),
    onDone: (done) => parts.accounts.logger.info(done, 'done as asked'),
  });
}
