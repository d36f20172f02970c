/** The distances between round times, the largest first, in milliseconds: hours and five minutes. */
const roundSteps = [3_600_000, 300_000] as const;

/** The fewest ticks at round times. */
const fewestTicks = 6;

/**
 * Returns the times of an axis that can have a tick, at even distances: the first of each label, so that a label is there once, and round times
 * alone if enough of them are on the axis. The chart leaves out every nth of them if they are too close.
 */
export function chooseTicks(times: readonly number[], formatTick: (at: number) => string): number[] {
  const firsts = times.filter((at, nth) => nth === 0 || formatTick(at) !== formatTick(times[nth - 1] ?? at));
  const [one = 0, two = 0, three = 0] = firsts;
  // The first day of an axis of hours is cut off.
  const whole = firsts.length > 2 && two - one < three - two ? firsts.slice(1) : firsts;
  for (const step of roundSteps) {
    const round = whole.filter((at) => at % step === 0);
    if (round.length >= fewestTicks) return round;
  }
  return whole;
}
