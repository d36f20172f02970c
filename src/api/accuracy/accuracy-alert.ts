import { type AccuracyState, judgeAccuracy } from '../../event/accuracy-limit.ts';
import type { Site } from '../../event/site.ts';
import { minuteMs, type UnixMs } from '../../event/units.ts';
import { type AccuracyReader, type DayRange, getLastWeek } from './accuracy-reader.ts';

/** The result of one connection's last seven whole days. */
export interface AccuracyAlert extends DayRange {
  readonly connection: string;
  readonly state: AccuracyState;
  readonly orders: number;
  readonly share?: number;
}

/** A result may be this old. It covers whole days, so it changes little. */
export const weekMaxAgeMs = 5 * minuteMs;

/** Compares the order accuracy of each connection with the limit of the site. */
export async function readAccuracyAlerts(
  site: Pick<Site, 'id' | 'connections' | 'timeZone' | 'accuracy'>,
  accuracy: Pick<AccuracyReader, 'of'>,
  now: UnixMs,
): Promise<readonly AccuracyAlert[]> {
  const week = getLastWeek(now, site.timeZone);
  const { connections } = await accuracy.of(site, week, weekMaxAgeMs);
  return connections.map(({ connection, orders, share }) => {
    const ofShare = share === undefined ? {} : { share };
    return { ...week, connection, state: judgeAccuracy({ orders, ...ofShare }, site.accuracy.alertUnder), orders, ...ofShare };
  });
}
