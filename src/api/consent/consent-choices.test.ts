import { describe, expect, it } from 'vitest';
import type { ConsentCount } from '../../storage/log/consent-counts.ts';
import { sumChoices } from './consent-choices.ts';

const count = (more: Partial<ConsentCount> = {}): ConsentCount => ({
  country: 'DE',
  source: 'tcf',
  version: '28.134',
  choice: 'granted',
  events: 1,
  ...more,
});

describe('the choices of events', () => {
  it('are summed up by country, for browsers alone, the most frequent first', () => {
    const counts = [
      count({ events: 9 }),
      count({ country: '', source: 'none', version: '', choice: 'unknown' }),
      count({ country: 'FR', choice: 'denied', events: 19 }),
      count({ choice: 'denied', source: 'gpc', version: '' }),
      count({ source: 'webhook', version: '', choice: 'unknown', events: 40 }),
      count({ source: 'server', version: '', events: 50 }),
    ];
    expect(sumChoices(counts)).toMatchObject({
      browsers: { granted: 9, denied: 20, unknown: 1 },
      countries: [
        { country: 'FR', granted: 0, denied: 19, unknown: 0 },
        { country: 'DE', granted: 9, denied: 1, unknown: 0 },
        { granted: 0, denied: 0, unknown: 1 },
      ],
    });
    expect(sumChoices(counts).countries[2]).not.toHaveProperty('country');
  });

  it('name no country and no version with fewer than ten events', () => {
    const few = count({ country: 'LI', version: '9.1', choice: 'denied' });
    const { countries, banners } = sumChoices([
      few,
      count({ country: 'MC', version: '9.2', events: 9 }),
      count({ events: 10 }),
      count({ version: '', events: 2 }),
    ]);
    expect(countries).toEqual([
      { country: 'DE', granted: 12, denied: 0, unknown: 0 },
      { isOther: true, granted: 9, denied: 1, unknown: 0 },
    ]);
    expect(banners).toEqual([
      { source: 'tcf', isOther: true, granted: 9, denied: 1, unknown: 0 },
      { source: 'tcf', version: '28.134', granted: 10, denied: 0, unknown: 0 },
      { source: 'tcf', granted: 2, denied: 0, unknown: 0 },
    ]);
  });

  it('are summed up by banner, of all reports, and versions beyond a hundred together', () => {
    const versions = Array.from({ length: 105 }, (_, index) => count({ version: `28.${index}`, events: 200 - index }));
    const { banners } = sumChoices([...versions, count({ source: 'server', version: '', events: 300 })]);
    expect(banners).toHaveLength(102);
    expect(banners[0]).toEqual({ source: 'tcf', isOther: true, granted: 100 + 99 + 98 + 97 + 96, denied: 0, unknown: 0 });
    expect(banners[1]).toEqual({ source: 'server', granted: 300, denied: 0, unknown: 0 });
    expect(banners[2]).toEqual({ source: 'tcf', version: '28.0', granted: 200, denied: 0, unknown: 0 });
  });

  it('are zero without events', () => {
    expect(sumChoices([])).toEqual({ browsers: { granted: 0, denied: 0, unknown: 0 }, countries: [], banners: [] });
  });
});
