import { z } from 'zod';
import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import type { Store } from '../../storage/ports/store.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import { decodeCursor, encodeCursor } from '../http/page-cursor.ts';
import { offset } from '../http/parameters.ts';
import type { RouteParams, RouteResponse } from '../http/route.ts';
import { toExpiredRangeView } from './event-view.ts';
import type { DeadLetterView } from './rejection-schemas.ts';
import type { eventRoutes } from './routes.ts';

type DeadLetterRoute = (typeof eventRoutes)['GET /api/sites/:site/dead-letters'];

/** The sort key of a dead letter: the newest first, then by offset, descending, then by connection. */
interface Position {
  readonly at: UnixMs;
  readonly offset: Offset;
  readonly connection: string;
}

const positionSchema = z.tuple([z.number(), offset('an offset'), z.string()]);

/** Returns a page of the dead letters of all connections, or of one. */
export async function getDeadLetterPage(
  site: Site,
  store: Pick<Store, 'listDeadLetters' | 'listExpiredRanges'>,
  { limit, cursor, connection: only }: Pick<RouteParams<DeadLetterRoute>, 'limit' | 'cursor' | 'connection'>,
): Promise<RouteResponse<DeadLetterRoute> | ApiErrorResult<'parameter-invalid' | 'no-such-connection'>> {
  const connections = site.connections.filter(({ id }) => only === undefined || id === only);
  if (only !== undefined && connections.length === 0) return new ApiErrorResult('no-such-connection');
  const position = decodeCursor('dead-letters', positionSchema, cursor);
  if (position instanceof ApiErrorResult) return position;
  const last = position && { at: position[0], offset: position[1], connection: position[2] };
  const lists = await Promise.all(
    connections.map(async ({ id: connection }) => {
      const consumer = formatConsumerId(site.id, connection);
      // Two more: the last one of the previous page, and one that shows whether there is a next page.
      const letters = await store.listDeadLetters(consumer, limit + 2, last);
      const ranges = await store.listExpiredRanges(consumer);
      return [
        ...letters.map(({ eventName, eventId, cause, issues, at, offset }) => ({
          position: { at, offset, connection },
          view: { connection, offset, eventName, eventId, cause, issues, at } satisfies DeadLetterView,
        })),
        ...ranges.map((range) => ({
          position: { at: range.at, offset: range.lastOffset, connection },
          view: toExpiredRangeView(connection, range),
        })),
      ];
    }),
  );
  const older = lists
    .flat()
    .filter(({ position }) => last === undefined || compare(last, position) < 0)
    .sort((a, b) => compare(a.position, b.position));
  const page = older.slice(0, limit);
  const end = page.at(-1)?.position;
  return {
    deadLetters: page.map(({ view }) => view),
    ...(end && older.length > limit && { next: encodeCursor('dead-letters', end.at, end.offset, end.connection) }),
  };
}

function compare(a: Position, b: Position): number {
  if (a.at !== b.at) return b.at - a.at;
  if (a.offset !== b.offset) return a.offset < b.offset ? 1 : -1;
  return a.connection < b.connection ? -1 : Number(a.connection > b.connection);
}
