import { expect, it } from 'vitest';
import { DurationCounts, durationBounds } from './durations.ts';

it('a duration counts up to its bound, with the bound itself', () => {
  const counts = new DurationCounts();
  for (const seconds of [0.25, 0.251, 300, 100_000]) counts.count(seconds);
  const { upTo, all, seconds } = counts.read();
  const at = (bound: number) => upTo[durationBounds.indexOf(bound)];
  expect([at(0.1), at(0.25), at(0.5), at(120), at(300), at(86_400), all]).toEqual([0, 1, 2, 2, 3, 3, 4]);
  expect(seconds).toBeCloseTo(100_300.501);
});

it('a duration below 0 counts as 0', () => {
  const counts = new DurationCounts();
  counts.count(-5);
  counts.count(2);
  const { upTo, all, seconds } = counts.read();
  expect([upTo[0], all, seconds]).toEqual([1, 2, 2]);
});

it('what a thread takes is added once', () => {
  const thread = new DurationCounts();
  const main = new DurationCounts();
  thread.count(0.2);
  main.add(thread.take());
  main.add(thread.take());
  thread.count(0.3);
  main.add(structuredClone(thread.take()));
  expect(main.read()).toMatchObject({ all: 2, seconds: 0.5 });
  expect(thread.read().all).toBe(0);
});

it('a duration is measured from its start', () => {
  const counts = new DurationCounts();
  counts.countSince(performance.now() - 1_500);
  const { upTo } = counts.read();
  expect([upTo[durationBounds.indexOf(1)], upTo[durationBounds.indexOf(2)]]).toEqual([0, 1]);
});
