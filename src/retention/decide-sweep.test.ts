import { describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../event/units.ts';
import { decideSweep } from './decide-sweep.ts';

const last = 1_795_514_400_000;

describe('the clock of a sweep', () => {
  it.each([0, dayMs, 2 * dayMs, -30 * dayMs])('is trusted %i ms after the last sweep', (laterMs) => {
    expect(decideSweep(last + laterMs, { at: last })).toEqual({ at: last + laterMs });
  });

  it('is suspect when it is over two days ahead, for every sweep of that day', () => {
    const doubted = decideSweep(last + 9 * dayMs, { at: last });
    expect(doubted).toEqual({ at: last, suspectedAt: last + 9 * dayMs });
    for (const hours of [0, 1, 22]) expect(decideSweep(last + 9 * dayMs + hours * hourMs, doubted)).toEqual(doubted);
  });

  it('is trusted when it is a day later after a day, as after a long shutdown', () => {
    const doubted = { at: last, suspectedAt: last + 9 * dayMs };
    expect(decideSweep(last + 10 * dayMs, doubted)).toEqual({ at: last + 10 * dayMs });
  });

  it('is trusted at once when it was corrected', () => {
    const doubted = { at: last, suspectedAt: last + 9 * dayMs };
    expect(decideSweep(last + dayMs, doubted)).toEqual({ at: last + dayMs });
  });

  it('is suspect again when it jumped ahead or back again', () => {
    const doubted = { at: last, suspectedAt: last + 9 * dayMs };
    for (const now of [last + 20 * dayMs, last + 5 * dayMs])
      expect(decideSweep(now, doubted)).toEqual({ at: last, suspectedAt: now });
  });
});
