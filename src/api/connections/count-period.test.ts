import { describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../event/units.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import { chooseIntervals } from './choose-intervals.ts';
import { describeWhole, getCountEnd, getCountStart, listStarts, splitByDays, splitByHours, splitEvenly } from './count-period.ts';

const now = Date.parse('2026-11-24T10:07:00Z');
const at = (text: string) => Date.parse(text);
const format = (starts: readonly number[]) => starts.map((start) => new Date(start).toISOString().slice(0, 16));

describe('a period', () => {
  it('begins and ends with whole buckets, and with whole hours once buckets are summed up', () => {
    const recent = at('2026-11-24T08:33:00Z');
    expect(format([getCountStart(recent, now), getCountEnd(recent, now)])).toEqual(['2026-11-24T08:30', '2026-11-24T08:35']);
    expect(getCountEnd(at('2026-11-24T08:30:00Z'), now)).toBe(at('2026-11-24T08:30:00Z'));
    const old = at('2026-09-24T08:33:00Z');
    expect(format([getCountStart(old, now), getCountEnd(old, now)])).toEqual(['2026-09-24T08:00', '2026-09-24T09:00']);
  });

  it('is split into local days, of which those with a change of the clocks are shorter or longer', () => {
    const berlin = splitByDays(at('2026-10-23T12:00:00Z'), at('2026-10-27T00:00:00Z'), { timeZone: 'Europe/Berlin' }, now);
    expect(berlin.map(({ stepMs }) => stepMs / hourMs)).toEqual([24, 25, 24]);
    expect(format(listStarts(berlin))).toEqual([
      '2026-10-22T22:00',
      '2026-10-23T22:00',
      '2026-10-24T22:00',
      '2026-10-25T23:00',
      '2026-10-26T23:00',
    ]);
    expect(format([berlin.at(-1)?.until ?? 0])).toEqual(['2026-10-27T23:00']);
  });

  it('has local days of a half-hour zone, which begin with the hour once buckets are summed up', () => {
    const india = splitByDays(now - 40 * dayMs, now, { timeZone: 'Asia/Kolkata' }, now);
    const starts = format(listStarts(india));
    expect(starts[0]).toBe('2026-10-14T18:00');
    expect(starts.at(-1)).toBe('2026-11-23T18:30');
    expect(starts).toHaveLength(41);
    expect(india.every(({ since }) => since >= now - 35 * dayMs || since % hourMs === 0)).toBe(true);
  });

  it('is split into at most 700 intervals, and into no buckets that are no longer kept', () => {
    expect(splitEvenly(now - hourMs, now, now).stepMs).toBe(5 * minuteMs);
    expect(splitEvenly(now - 40 * dayMs, now - 39.9 * dayMs, now)).toMatchObject({ stepMs: hourMs });
    expect(splitEvenly(now - 400 * dayMs, now, now).stepMs).toBe(dayMs);
    const { since, until, stepMs } = splitEvenly(now - 20 * dayMs, now, now);
    expect([since <= now - 20 * dayMs, until >= now, (until - since) % stepMs]).toEqual([true, true, 0]);
    expect(splitByHours(now - 90 * minuteMs, now, now)).toEqual([
      { since: at('2026-11-24T08:35:00Z'), until: at('2026-11-24T10:35:00Z'), stepMs: hourMs },
    ]);
  });

  it('is refused if it is empty, longer than 400 days, or has too many hours', () => {
    const choose = (period: Parameters<typeof chooseIntervals>[1]) => {
      const chosen = chooseIntervals({ timeZone: 'UTC' }, period, now);
      return chosen instanceof ApiErrorResult ? chosen.issues?.map(({ field }) => field) : listStarts(chosen).length;
    };
    expect(choose({})).toEqual(['range']);
    expect(choose({ since: now, until: now })).toEqual(['since']);
    expect(choose({ since: 0, until: now })).toEqual(['since']);
    expect(choose({ since: now - 40 * dayMs, by: 'hour' })).toEqual(['by']);
    expect(choose({ since: now - 400 * dayMs, by: 'day' })).toBe(401);
    expect(choose({ since: now - dayMs, until: now + 99 * dayMs, by: 'hour' })).toBe(49);
    expect(choose({ range: '24h' })).toBe(48);
    expect(choose({ range: '24h', by: 'day' })).toBe(2);
  });

  it('is whole from the first counted event of the site on, for orders from the upgrade on', () => {
    expect(describeWhole({ events: 10, money: 50, first: 20 }, 30)).toEqual({
      countedSince: 20,
      moneySince: 50,
      isComplete: false,
    });
    expect(describeWhole({ events: 0, money: 0, first: 20 }, 20)).toMatchObject({ isComplete: true });
    expect(describeWhole({ events: 0, money: 0 }, 20)).toEqual({ isComplete: true });
  });
});
