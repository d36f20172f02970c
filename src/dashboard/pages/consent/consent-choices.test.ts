import { describe, expect, it } from 'vitest';
import type { ConsentChoicesView } from '../../../api/client.ts';
import {
  describeMissing,
  describeUncompared,
  type Earlier,
  hasTrend,
  listBannerRows,
  listCountryRows,
  summarizeChoices,
} from './consent-choices.ts';

const of = (granted: number, denied: number, unknown: number) => ({ granted, denied, unknown });
const view: ConsentChoicesView = {
  site: 'shop',
  timeZone: 'Europe/Berlin',
  since: '2026-11-24',
  until: '2026-11-30',
  isComplete: true,
  browsers: of(60, 30, 10),
  countries: [{ country: 'DE', ...of(60, 20, 0) }, { ...of(0, 10, 10) }],
  banners: [
    { source: 'tcf', version: '28.134', ...of(60, 30, 0) },
    { source: 'none', ...of(0, 0, 10) },
  ],
};
const range = { range: { kind: '7d' }, dayCount: 7 } as const;

describe('the choices by country and banner', () => {
  it('are rows with shares, and those of the period before', () => {
    const before = { ...view, countries: [{ country: 'DE', ...of(50, 50, 0) }], banners: [] };
    const [germany, unknown] = listCountryRows(view, before);
    expect(germany).toMatchObject({ name: 'Germany', events: 80, shares: { granted: { part: 60, all: 80 } } });
    expect(germany?.before?.granted).toEqual({ part: 50, all: 100 });
    expect([germany, unknown].map((row) => row && hasTrend(row))).toEqual([true, false]);
    expect(unknown).toEqual({
      ...{ key: '', name: 'Not known', events: 20 },
      shares: { granted: { part: 0, all: 20 }, denied: { part: 10, all: 20 }, unknown: { part: 10, all: 20 } },
    });
    expect(listBannerRows(view, before).map(({ name }) => name)).toEqual(['TCF, CMP 28, version 134', 'No banner named']);
  });

  it('are not compared with a period that is not counted in full', () => {
    const partial = { ...view, isComplete: false, countedSince: Date.UTC(2026, 10, 24, 23) };
    expect(listCountryRows(view, partial)[0]).not.toHaveProperty('before');
    expect(describeUncompared(partial)).toBe('Not compared: the period before is not counted in full.');
    const silent: readonly Earlier[] = [view, 'not-compared', 'loading'];
    expect(silent.map(describeUncompared)).toEqual([undefined, undefined, undefined]);
    expect(describeUncompared('failed')).toBe('Not compared: the period before could not be loaded.');
    expect(describeMissing(partial, Date.UTC(2026, 11, 1))).toBe(
      'Counted since Wed, Nov 25, 12:00 AM. Earlier events are missing.',
    );
  });

  it('of countries and versions that are not named are rows without a trend', () => {
    const others = {
      ...view,
      countries: [{ isOther: true, ...of(4, 5, 0) }] as const,
      banners: [{ source: 'tcf', isOther: true, ...of(4, 5, 0) }] as const,
    };
    const rows = [...listCountryRows(others, others), ...listBannerRows(others, others)];
    expect(rows.map(({ name, before }) => [name, before])).toEqual([
      ['Other countries', undefined],
      ['TCF, other versions', undefined],
    ]);
  });

  it('are summed up in one sentence', () => {
    expect(summarizeChoices(view, range)).toBe(
      '100 browser events in the last 7 days: 60% granted, 30% denied, 10% without a choice.',
    );
  });
});
