import { expect, it } from 'vitest';
import { gapLabels } from '../../pages/accuracy/accuracy-labels.ts';
import { seriesStyles } from '../../pages/destinations/traffic/series-styles.ts';
import { outcomeLabels } from './outcome-labels.ts';

it('a state of an event has one name in lists, charts and reports', () => {
  const { delivered, awaiting, unverified, retrying, unsent } = seriesStyles;
  expect([delivered, awaiting, unverified, retrying, unsent].map(({ label }) => label)).toEqual([
    outcomeLabels.delivered,
    outcomeLabels['awaiting-verdict'],
    outcomeLabels.unverified,
    outcomeLabels.waiting,
    outcomeLabels.undelivered,
  ]);
  expect(gapLabels).toMatchObject({
    'awaiting-verdict': outcomeLabels['awaiting-verdict'],
    unverified: outcomeLabels.unverified,
  });
});

it('the sum of the events that wait has another name than its parts', () => {
  expect(gapLabels.waiting).toBe('Waiting');
  expect(Object.values(outcomeLabels)).not.toContain('Waiting');
});
