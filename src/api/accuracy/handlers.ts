import { z } from 'zod';
import { eachDay } from '../../event/order-accuracy.ts';
import type { Site } from '../../event/site.ts';
import { minuteMs, type UnixMs } from '../../event/units.ts';
import { ApiErrorResult, createParameterIssue } from '../http/api-errors.ts';
import type { HandlersOf } from '../http/handler.ts';
import { decodeCursor, encodeCursor } from '../http/page-cursor.ts';
import { offset } from '../http/parameters.ts';
import { withSite } from '../http/with-site.ts';
import type { AccuracyAlert, AccuracyWatch } from './accuracy-alert.ts';
import { type AccuracyReader, type DayRange, daysOf } from './accuracy-reader.ts';
import type { accuracyRoutes } from './routes.ts';

/** What the gateway gives to hold orders against what was accepted. */
export interface AccuracyDeps {
  readonly sites: () => readonly Site[];
  readonly now: () => UnixMs;
  readonly accuracy: AccuracyReader;
  readonly accuracyAlerts: AccuracyWatch['alerts'];
}

const mostDays = 400;
const placeSchema = z.tuple([offset('an offset')]);

/** The shop's orders against what the platforms accepted. */
export function createAccuracyHandlers({
  sites,
  now,
  accuracy,
  accuracyAlerts,
}: AccuracyDeps): HandlersOf<typeof accuracyRoutes> {
  const forSite = withSite(sites);
  const alertsOf = async (site: Site) => {
    const alerts = new Map((await accuracyAlerts(site)).map((one) => [one.connection, one]));
    return (connection: string) => alertView(alerts.get(connection));
  };
  return {
    'GET /api/accuracy': async () => {
      const lines = [];
      for (const site of sites()) {
        const alertOf = await alertsOf(site);
        const { since, until, unknownToShop, connections } = await accuracy.of(
          site,
          daysOf(undefined, undefined, now()),
          minuteMs,
        );
        lines.push({
          ...headOf(site, { since, until }, unknownToShop, await accuracy.keptSince(site)),
          connections: connections.flatMap(({ connection, orders, accepted, explained, missing, share }) => {
            const alert = alertOf(connection);
            return alert
              ? [{ connection, orders, accepted, explained, missing, ...(share !== undefined && { share }), alert }]
              : [];
          }),
        });
      }
      return lines;
    },

    'GET /api/sites/:site/accuracy': forSite(async (site, { since, until, connection: only }) => {
      if (only !== undefined && !site.connections.some(({ id }) => id === only)) return new ApiErrorResult('no-such-connection');
      const days = daysAsked(since, until, now());
      if (days instanceof ApiErrorResult) return days;
      const alertOf = await alertsOf(site);
      const { unknownToShop, connections } = await accuracy.of(site, days);
      return {
        ...headOf(site, days, unknownToShop, await accuracy.keptSince(site)),
        connections: connections.flatMap((one) => {
          const alert = alertOf(one.connection);
          return alert && (only === undefined || one.connection === only) ? [{ ...one, alert }] : [];
        }),
      };
    }),

    'GET /api/sites/:site/accuracy/orders': forSite(async (site, { since, until, limit, cursor }) => {
      const days = daysAsked(since, until, now());
      if (days instanceof ApiErrorResult) return days;
      const place = decodeCursor('orders', placeSchema, cursor);
      if (place instanceof ApiErrorResult) return place;
      const { purchases, next } = await accuracy.page(site, days, place?.[0] ?? '', limit);
      return {
        orders: purchases.map(({ purchase: { id: eventId, orderId, time, receivedAt, reporters }, standings }) => ({
          ...(orderId !== undefined && { orderId }),
          eventId,
          time,
          receivedAt,
          reporters,
          standings,
        })),
        ...(next !== undefined && { next: encodeCursor('orders', next) }),
      };
    }),
  };
}

function daysAsked(
  since: string | undefined,
  until: string | undefined,
  now: UnixMs,
): DayRange | ApiErrorResult<'parameter-invalid'> {
  const days = daysOf(since, until, now);
  const count = eachDay(days.since, days.until).length;
  if (count >= 1 && count <= mostDays) return days;
  const rule = `a day up to \`until\`, and at most ${mostDays} days with it`;
  return new ApiErrorResult('parameter-invalid', [createParameterIssue('since', rule)]);
}

function headOf(
  { id, webhooks, accuracy: { alertUnder } }: Site,
  days: DayRange,
  unknownToShop: number,
  keptSince: UnixMs | undefined,
) {
  const hasWebhooks = webhooks.secrets.length > 0;
  return { site: id, ...days, hasWebhooks, alertUnder, ...(keptSince !== undefined && { keptSince }), unknownToShop };
}

function alertView(alert: AccuracyAlert | undefined) {
  if (!alert) return undefined;
  const { state, since, until, orders, share } = alert;
  return { state, since, until, orders, ...(share !== undefined && { share }) };
}
