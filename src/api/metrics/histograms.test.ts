import { expect, it } from 'vitest';
import { shop } from '../api.fixture.ts';
import { createHistograms } from './histograms.ts';

const place = { site: 'shop', connection: 'ads', destination: 'meta' };

/** Returns the value of a series, by its name and labels as they are written. */
function read(histograms: ReturnType<typeof createHistograms>, series: string): number | undefined {
  const line = histograms
    .format()
    .join('\n')
    .split('\n')
    .find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

it('the histograms of a platform are those of all its connections', () => {
  const histograms = createHistograms(false);
  for (const seconds of [4, 4]) histograms.countDelivery(place, seconds);
  histograms.countDelivery({ ...place, connection: 'other' }, 400);
  histograms.countRequest(place, 0.2);
  expect(read(histograms, 'convey_delivery_seconds_bucket{destination="meta",le="300"}')).toBe(2);
  expect(read(histograms, 'convey_delivery_seconds_bucket{destination="meta",le="+Inf"}')).toBe(3);
  expect(read(histograms, 'convey_delivery_seconds_count{destination="meta"}')).toBe(3);
  expect(read(histograms, 'convey_delivery_seconds_sum{destination="meta"}')).toBe(408);
  expect(read(histograms, 'convey_platform_request_seconds_bucket{destination="meta",le="0.25"}')).toBe(1);
});

it('the histograms of a connection have its site and its name', () => {
  const histograms = createHistograms(true);
  histograms.countDelivery(place, 4);
  expect(read(histograms, 'convey_delivery_seconds_count{destination="meta",site="shop",connection="ads"}')).toBe(1);
});

it('the durations of the collector have no labels, and every class', () => {
  const histograms = createHistograms(false);
  histograms.durations.acknowledge.count(0.1);
  expect(read(histograms, 'convey_acknowledge_seconds_bucket{le="0.05"}')).toBe(0);
  expect(read(histograms, 'convey_acknowledge_seconds_bucket{le="0.25"}')).toBe(1);
  expect(read(histograms, 'convey_append_seconds_count')).toBe(0);
});

it('the histograms of a site begin at 0', () => {
  const histograms = createHistograms(false);
  histograms.initialize(shop);
  for (const { destination } of shop.connections)
    expect(read(histograms, `convey_delivery_seconds_count{destination="${destination}"}`)).toBe(0);
});
