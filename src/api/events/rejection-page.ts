import { z } from 'zod';
import { reportSources } from '../../event/event.ts';
import { describeRejection } from '../../event/rejection-reasons.ts';
import type { Site } from '../../event/site.ts';
import { type EventLog, type LogRecord, type Offset, rejectedPartition } from '../../storage/log/event-log.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import { decodeCursor, encodeCursor } from '../http/page-cursor.ts';
import { offset } from '../http/parameters.ts';
import type { RouteParams, RouteResponse } from '../http/route.ts';
import { type Page, readNewest } from './newest-records.ts';
import type { RejectionView } from './rejection-schemas.ts';
import type { eventRoutes } from './routes.ts';

type RejectionsRoute = (typeof eventRoutes)['GET /api/sites/:site/rejections'];

const positionSchema = z.tuple([offset('an offset')]);

/** Returns a page of rejections for a request. */
export async function getRejectionPage(
  site: Site,
  log: EventLog,
  { limit, cursor, ...only }: Omit<RouteParams<RejectionsRoute>, 'site'>,
): Promise<RouteResponse<RejectionsRoute> | ApiErrorResult<'parameter-invalid'>> {
  const position = decodeCursor('rejections', positionSchema, cursor);
  if (position instanceof ApiErrorResult) return position;
  const { rows, older } = await listRejections(site, log, limit, only, position?.[0]);
  return { rejections: rows, ...(older !== undefined && { next: encodeCursor('rejections', older) }) };
}

const rejectionSchema = z.object({
  receivedAt: z.number(),
  name: z.string().exactOptional(),
  reporter: z.enum(reportSources).exactOptional(),
  issues: z.array(z.object({ field: z.string(), code: z.string() })),
});

type RejectionFilters = Partial<Pick<RouteParams<RejectionsRoute>, 'reason' | 'since' | 'until'>>;

/** Lists the newest rejections before an offset. The event log stores only names and codes; this adds the messages. */
export async function listRejections(
  site: Site,
  log: EventLog,
  limit: number,
  { reason, since = Number.NEGATIVE_INFINITY, until = Number.POSITIVE_INFINITY }: RejectionFilters = {},
  before?: Offset,
): Promise<Page<RejectionView>> {
  const isListed = (record: LogRecord) => {
    const rejection = parseRejection(record);
    if (!rejection || rejection.receivedAt < since || rejection.receivedAt >= until) return false;
    return reason === undefined || rejection.issues.some(({ code }) => reason.includes(code));
  };
  const { records, ...page } = await readNewest(log, rejectedPartition(site.id), limit, before, isListed);
  const rows = records.flatMap((record) => {
    const rejection = parseRejection(record);
    if (!rejection) return [];
    const { issues, ...rest } = rejection;
    return [{ ...rest, issues: issues.map((issue) => ({ ...issue, message: describeRejection(issue.code) })) }];
  });
  return { rows, ...(page.older !== undefined && { older: page.older }) };
}

function parseRejection({ body }: LogRecord): z.output<typeof rejectionSchema> | undefined {
  return 'bytes' in body ? rejectionSchema.parse(JSON.parse(Buffer.from(body.bytes).toString())) : undefined;
}
