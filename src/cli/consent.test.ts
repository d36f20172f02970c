import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { sumChoices } from '../api/consent/consent-choices.ts';
import type { ConsentCount } from '../storage/log/consent-counts.ts';
import { formatConsent } from './consent.ts';

const view = { site: 'shop', timeZone: 'UTC', since: '2026-11-05', until: '2026-12-02', countedSince: Date.UTC(2026, 10, 1) };
const now = Date.UTC(2026, 11, 2);
const count = (country: string, choice: ConsentCount['choice'], events: number, more: Partial<ConsentCount> = {}) => ({
  ...{ country, choice, events, source: 'tcf' as const, version: '28.134' },
  ...more,
});
const show = (counts: readonly ConsentCount[], isComplete = true) =>
  stripVTControlCharacters(formatConsent({ ...view, isComplete, ...sumChoices(counts) }, now)).split('\n');

describe('the consent report', () => {
  it('has a line for each country and each banner', () => {
    const counts = [
      count('DE', 'granted', 299),
      count('DE', 'denied', 1),
      count('', 'unknown', 20, { source: 'none', version: '' }),
    ];
    expect(show(counts)).toEqual([
      'shop  consent of 2026-11-05 to 2026-12-02 (UTC)',
      'country of browsers  events  granted  denied  no choice',
      'DE                      300     >99%     <1%         0%',
      'not known                20       0%      0%       100%',
      'all                     320      93%     <1%         6%',
      '',
      'banner                    events  granted  denied  no choice',
      'TCF, CMP 28, version 134     300     >99%     <1%         0%',
      'No banner named               20       0%      0%       100%',
      'Counts of events, not of visitors: who opens more pages counts more.',
    ]);
  });

  it('names no country with few events, and says since when counts are kept', () => {
    expect(show([count('LI', 'denied', 1)])).toContain('others                    1       0%    100%         0%');
    const kept = formatConsent({ ...view, isComplete: false, keptSince: Date.UTC(2026, 10, 10), ...sumChoices([]) }, now);
    expect(kept).toContain('Kept since 2026-11-10 00:00:00 UTC. Earlier counts are no longer kept.');
  });

  it('reports when counting began, and that there is no event', () => {
    expect(show([], false)).toEqual([
      'shop  consent of 2026-11-05 to 2026-12-02 (UTC)',
      'Counted since 2026-11-01 00:00:00 UTC. Earlier events are missing.',
      'No event with a visitor’s choice was received in this period.',
    ]);
  });
});
