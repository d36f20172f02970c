import { z } from 'zod';
import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/store/store.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import { decodeCursor, encodeCursor } from '../http/page-cursor.ts';
import { offset } from '../http/parameters.ts';
import type { RouteParams, RouteResponse } from '../http/route.ts';
import { toExpiredRangeView } from './event-view.ts';
import type { eventRoutes } from './routes.ts';
import type { DeadLetterView } from './schemas.ts';

type DeadLetterRoute = (typeof eventRoutes)['GET /api/sites/:site/dead-letters'];

/** Where one stands among those of all connections: the newest first, then the latest in the log, then by connection. */
interface Place {
  readonly at: UnixMs;
  readonly offset: Offset;
  readonly connection: string;
}

const placeSchema = z.tuple([z.number(), offset('an offset'), z.string()]);

/** A page of the dead letters of all connections, or of one. */
export async function getDeadLetterPage(
  site: Site,
  store: Pick<Store, 'listDeadLetters' | 'listExpiredRanges'>,
  { limit, cursor, connection: only }: Pick<RouteParams<DeadLetterRoute>, 'limit' | 'cursor' | 'connection'>,
): Promise<RouteResponse<DeadLetterRoute> | ApiErrorResult<'parameter-invalid' | 'no-such-connection'>> {
  const connections = site.connections.filter(({ id }) => only === undefined || id === only);
  if (only !== undefined && connections.length === 0) return new ApiErrorResult('no-such-connection');
  const asked = decodeCursor('dead-letters', placeSchema, cursor);
  if (asked instanceof ApiErrorResult) return asked;
  const last = asked && { at: asked[0], offset: asked[1], connection: asked[2] };
  const ofEach = await Promise.all(
    connections.map(async ({ id: connection }) => {
      const pump = `${site.id}/${connection}`;
      // One may be the last of the page before, one tells whether there are more.
      const letters = await store.listDeadLetters(pump, limit + 2, last);
      const ranges = await store.listExpiredRanges(pump);
      return [
        ...letters.map(({ eventName, eventId, cause, issues, at, offset }) => ({
          place: { at, offset, connection },
          view: { connection, offset, eventName, eventId, cause, issues, at } satisfies DeadLetterView,
        })),
        ...ranges.map((range) => ({
          place: { at: range.at, offset: range.lastOffset, connection },
          view: toExpiredRangeView(connection, range),
        })),
      ];
    }),
  );
  const older = ofEach
    .flat()
    .filter(({ place }) => last === undefined || compare(last, place) < 0)
    .sort((a, b) => compare(a.place, b.place));
  const page = older.slice(0, limit);
  const end = page.at(-1)?.place;
  return {
    deadLetters: page.map(({ view }) => view),
    ...(end && older.length > limit && { next: encodeCursor('dead-letters', end.at, end.offset, end.connection) }),
  };
}

function compare(a: Place, b: Place): number {
  if (a.at !== b.at) return b.at - a.at;
  if (a.offset !== b.offset) return a.offset < b.offset ? 1 : -1;
  return a.connection < b.connection ? -1 : Number(a.connection > b.connection);
}
