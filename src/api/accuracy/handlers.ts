import { z } from 'zod';
import { hasSignedSender } from '../../event/hook.ts';
import { mentionProblem } from '../../event/order-accuracy.ts';
import type { Connection, Site } from '../../event/site.ts';
import { eachDay } from '../../event/time-zone.ts';
import { minuteMs, type UnixMs } from '../../event/units.ts';
import { listPermitted } from '../auth/permissions.ts';
import { ApiErrorResult, createParameterIssue } from '../http/api-errors.ts';
import type { RouteHandlers } from '../http/handler.ts';
import { decodeCursor, encodeCursor } from '../http/page-cursor.ts';
import { offset } from '../http/parameters.ts';
import { withSite } from '../http/with-site.ts';
import { type AccuracyAlert, readAccuracyAlerts, weekMaxAgeMs } from './accuracy-alert.ts';
import { type AccuracyReader, type DayRange, getLastWeek, type Period, toDayRange } from './accuracy-reader.ts';
import { describeCoverage } from './describe-coverage.ts';
import type { accuracyRoutes } from './routes.ts';

export interface AccuracyDeps {
  readonly sites: () => readonly Site[];
  readonly now: () => UnixMs;
  readonly accuracy: AccuracyReader;
}

/** Returns why a connection may not deliver. Undefined if it has no problem. */
type ReadProblem = (site: Site, connection: Connection) => Promise<string | undefined>;

const maxDays = 400;
const positionSchema = z.tuple([offset('an offset')]);

export function createAccuracyHandlers(
  { sites, now, accuracy }: AccuracyDeps,
  readProblem: ReadProblem,
): RouteHandlers<typeof accuracyRoutes> {
  const forSite = withSite(sites);
  const getAlertViews = async (site: Site) => {
    const alerts = new Map((await readAccuracyAlerts(site, accuracy, now())).map((one) => [one.connection, one]));
    return (connection: string) => alertView(alerts.get(connection));
  };
  const prepareWithWeek = (site: Site, period: Period) =>
    accuracy.prepare(site, [{ days: getLastWeek(now(), site.timeZone), maxAgeMs: weekMaxAgeMs }, period]);
  const findProblem = async (site: Site, id: string) => {
    const connection = site.connections.find((one) => one.id === id);
    return connection && readProblem(site, connection);
  };
  return {
    'GET /api/accuracy': async (_params, _body, { access }) => {
      const summaries = [];
      for (const site of listPermitted(access, 'viewer', sites(), ({ id }) => id)) {
        const days = toDayRange(undefined, undefined, now(), site.timeZone);
        prepareWithWeek(site, { days, maxAgeMs: minuteMs });
        const getAlert = await getAlertViews(site);
        const { since, until, unknownToShop, connections } = await accuracy.of(site, days, minuteMs);
        summaries.push({
          ...toHead(site, { since, until }, unknownToShop, await accuracy.keptSince(site)),
          connections: connections.flatMap(({ connection, orders, accepted, explained, missing, share, amounts }) => {
            const alert = getAlert(connection);
            return alert
              ? [{ connection, orders, accepted, explained, missing, ...(share !== undefined && { share }), amounts, alert }]
              : [];
          }),
        });
      }
      return summaries;
    },

    'GET /api/sites/:site/accuracy': forSite(async (site, { since, until, connection: only }) => {
      if (only !== undefined && !site.connections.some(({ id }) => id === only)) return new ApiErrorResult('no-such-connection');
      const days = parseDays(since, until, now(), site);
      if (days instanceof ApiErrorResult) return days;
      prepareWithWeek(site, { days });
      const getAlert = await getAlertViews(site);
      const { unknownToShop, connections } = await accuracy.of(site, days);
      const views = [];
      for (const one of connections) {
        const alert = getAlert(one.connection);
        if (!alert || (only !== undefined && one.connection !== only)) continue;
        const problem = await findProblem(site, one.connection);
        const gaps = mentionProblem(one.gaps, problem);
        views.push({ ...one, gaps, ...(problem !== undefined && { problem }), alert });
      }
      return { ...toHead(site, days, unknownToShop, await accuracy.keptSince(site)), connections: views };
    }),

    'GET /api/sites/:site/accuracy/orders': forSite(async (site, { since, until, limit, cursor }) => {
      const days = parseDays(since, until, now(), site);
      if (days instanceof ApiErrorResult) return days;
      const position = decodeCursor('orders', positionSchema, cursor);
      if (position instanceof ApiErrorResult) return position;
      const { purchases, next } = await accuracy.page(site, days, position?.[0] ?? '', limit);
      return {
        orders: purchases.map(
          ({ purchase: { id: eventId, orderId, time, receivedAt, reporters, money }, refunded, standings, rules }) => ({
            ...(orderId !== undefined && { orderId }),
            eventId,
            time,
            receivedAt,
            reporters,
            ...(money && { money }),
            ...(refunded !== undefined && { refunded }),
            standings,
            ...(Object.keys(rules).length > 0 && { rules }),
          }),
        ),
        ...(next !== undefined && { next: encodeCursor('orders', next) }),
      };
    }),
  };
}

function parseDays(
  since: string | undefined,
  until: string | undefined,
  now: UnixMs,
  { timeZone }: Pick<Site, 'timeZone'>,
): DayRange | ApiErrorResult<'parameter-invalid'> {
  const days = toDayRange(since, until, now, timeZone);
  const count = eachDay(days.since, days.until).length;
  if (count >= 1 && count <= maxDays) return days;
  const rule = `a day up to \`until\`, in a range of at most ${maxDays} days`;
  return new ApiErrorResult('parameter-invalid', [createParameterIssue('since', rule)]);
}

function toHead(site: Site, days: DayRange, unknownToShop: number, keptSince: UnixMs | undefined) {
  const {
    id,
    timeZone,
    accuracy: { alertUnder },
  } = site;
  const hasWebhooks = hasSignedSender(site);
  const coverage = describeCoverage(site, days, keptSince);
  return {
    site: id,
    timeZone,
    ...days,
    hasWebhooks,
    alertUnder,
    ...(keptSince !== undefined && { keptSince }),
    coverage,
    unknownToShop,
  };
}

function alertView(alert: AccuracyAlert | undefined) {
  if (!alert) return undefined;
  const { state, since, until, orders, share } = alert;
  return { state, since, until, orders, ...(share !== undefined && { share }) };
}
