import { type Context, Hono } from 'hono';
import type { Platform } from '../destinations/kit/destination.ts';
import { errorBody } from '../errors.ts';
import type { Connection, Site } from '../event/site.ts';
import type { UnixMs } from '../event/units.ts';
import { type EventLog, type LogHealth, LogUnavailable, type Offset } from '../log/log.ts';
import type { Eraser } from '../retention/erase.ts';
import type { Store } from '../store/store.ts';
import { listEvents, listRejections, searchEvents, timelines } from './debugger.ts';
import { answerErase, type ErasureProgress } from './erase.ts';
import { readFilters } from './filters.ts';
import { askedDays, type MatchQualityView, matchQuality } from './match-quality.ts';
import {
  type ConnectionView,
  type DeadLetterView,
  type EventRow,
  expiredRangeView,
  healthOf,
  type TimelineView,
} from './views.ts';

/** What the API needs from the gateway. */
export interface ApiParts {
  readonly version: string;
  readonly startedAt: UnixMs;
  readonly now: () => UnixMs;
  readonly sites: readonly Site[];
  readonly platformOf: (connection: Connection) => Platform;
  readonly log: EventLog;
  readonly store: Store;
  /** What an operator can do to a running connection. */
  readonly control: (
    site: string,
    connection: string,
  ) => { pause(): Promise<void>; resume(): Promise<void>; probe(): Promise<string> } | undefined;
  /** Whether the connection's events reach a real platform, not a simulator. */
  readonly isLive: (connection: Connection) => boolean;
  readonly eraser: Eraser;
  /** What an event took of what was known of its shopper, and what that was found by. */
  readonly recalledOf: (site: string, offset: Offset) => Promise<TimelineView['recalled']>;
  /** Accepts one synthetic event for the site; answers its id. */
  readonly sendTest: (site: Site) => Promise<string>;
  /** Told of what an answer with `internal` stands for. */
  readonly onFault?: (error: unknown) => void;
}

export interface StatusView {
  readonly version: string;
  readonly startedAt: UnixMs;
  readonly log: LogHealth;
  readonly sites: readonly { readonly id: string; readonly name: string; readonly connections: readonly string[] }[];
}

const maxListed = 1_000;

/** The HTTP API behind the CLI and the dashboard; `client.ts` is its other half. */
export function adminApi(parts: ApiParts): Hono {
  const { sites, store, log, control } = parts;
  const app = new Hono();

  app.get('/api/status', async (c) => {
    return c.json({
      version: parts.version,
      startedAt: parts.startedAt,
      log: await log.health(),
      sites: sites.map(({ id, name, connections }) => ({ id, name, connections: connections.map((one) => one.id) })),
    } satisfies StatusView);
  });

  app.get('/api/connections', async (c) => {
    const views = sites.flatMap((site) => site.connections.map((connection) => connectionView(site, connection, parts)));
    return c.json((await Promise.all(views)) satisfies readonly ConnectionView[]);
  });

  const ofSite = (
    path: string,
    answer: (site: Site, c: Context) => Promise<Response>,
  ): [string, (c: Context) => Promise<Response>] => [
    `/api/sites/:site${path}`,
    async (c) => {
      const site = sites.find(({ id }) => id === c.req.param('site'));
      return site ? answer(site, c) : c.json(errorBody('no-such-site'), 404);
    },
  ];

  app.post(
    ...ofSite('/connections/:connection/:action', async (site, c) => {
      const pump = control(site.id, c.req.param('connection') ?? '');
      if (!pump) return c.json(errorBody('no-such-connection'), 404);
      switch (c.req.param('action')) {
        case 'pause':
          await pump.pause();
          return c.json({ says: 'Paused.', ok: true });
        case 'resume':
          await pump.resume();
          return c.json({ says: 'Resumed.', ok: true });
        case 'probe': {
          const verdict = await pump.probe();
          return c.json({ says: verdict === 'ok' ? 'The platform accepts the credential.' : verdict, ok: verdict === 'ok' });
        }
        default:
          return c.json(errorBody('not-found'), 404);
      }
    }),
  );

  app.get(
    ...ofSite('/events', async (site, c) => {
      const asked = Number(c.req.query('limit') ?? 50);
      const limit = Number.isInteger(asked) ? Math.min(Math.max(asked, 1), maxListed) : 50;
      const asking = readFilters(c.req.queries(), site);
      if ('issues' in asking) return c.json({ ...errorBody('filter-unknown'), issues: asking.issues }, 400);
      const { filters } = asking;
      if (filters) return c.json(await searchEvents(site, { log, store }, limit, filters, c.req.query('before')));
      const after = c.req.query('after');
      return c.json((await listEvents(site, { log, store }, limit, after)) satisfies { events: readonly EventRow[] });
    }),
  );
  // The id is no part of the path: one that is dots or slashes would lead elsewhere.
  app.get(...ofSite('/timelines', async (site, c) => c.json(await timelines(site, c.req.query('id') ?? '', parts))));
  app.get(...ofSite('/rejections', async (site, c) => c.json(await listRejections(site, log, 50))));

  app.get(
    ...ofSite('/dead-letters', async (site, c) => {
      const letters = site.connections.map(async ({ id: connection }) => {
        const pump = `${site.id}/${connection}`;
        const kept = await store.deadLetters(pump, maxListed);
        const ranges = await store.expiredRanges(pump);
        return [
          ...ranges.map((range) => expiredRangeView(connection, range)),
          ...kept.map(({ eventName, eventId, cause, issues, at }) => ({ connection, eventName, eventId, cause, issues, at })),
        ];
      });
      return c.json((await Promise.all(letters)).flat() satisfies readonly DeadLetterView[]);
    }),
  );

  app.get(
    ...ofSite('/match-quality', async (site, c) => {
      const asked = c.req.query('connection');
      const listed = site.connections.filter(({ id }) => asked === undefined || id === asked);
      if (asked !== undefined && listed.length === 0) return c.json(errorBody('no-such-connection'), 404);
      const days = askedDays(c.req.query('since'), c.req.query('until'), parts.now());
      const views = listed.map(async ({ id: connection }) => {
        const counts = await store.matchCounts(`${site.id}/${connection}`, days.since, days.until);
        return { site: site.id, connection, ...days, ...matchQuality(counts) };
      });
      return c.json((await Promise.all(views)) satisfies readonly MatchQualityView[]);
    }),
  );

  app.post(
    ...ofSite('/send-test', async (site, c) => {
      const live = site.connections.some((connection) => connection.enabled && parts.isLive(connection));
      if (live && c.req.query('live') !== '1') return c.json(errorBody('live-endpoint'), 409);
      return c.json({ eventId: await parts.sendTest(site) });
    }),
  );

  // The key is in the body: an address is written down on its way.
  app.post(...ofSite('/erase', (site, c) => answerErase(site, parts.eraser, c)));
  app.get(
    ...ofSite('/erase', async (site, c) => c.json({ looked: parts.eraser.looked(site) ?? null } satisfies ErasureProgress)),
  );

  app.notFound((c) => c.json(errorBody('not-found'), 404));
  app.onError((fault, c) => {
    if (fault instanceof LogUnavailable) return c.json(errorBody('not-accepting'), 503, { 'retry-after': '1' });
    parts.onFault?.(fault);
    return c.json(errorBody('internal'), 500);
  });
  return app;
}

async function connectionView(site: Site, connection: Connection, { store, log, now }: ApiParts): Promise<ConnectionView> {
  const pump = `${site.id}/${connection.id}`;
  const state = await store.connectionState(pump);
  const [next] = (await log.read(site.id, state?.cursor ?? '', { records: 1, bytes: 1 })).records;
  return {
    site: site.id,
    id: connection.id,
    destination: connection.destination,
    ...healthOf(connection.enabled, state, now()),
    counts: await store.counts(pump),
    inDoubt: state?.inDoubt ?? 0,
    ...(next && { undeliveredSince: next.at }),
  };
}
