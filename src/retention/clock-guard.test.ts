import { describe, expect, it } from 'vitest';
import { dayMs, hourMs } from '../event/units.ts';
import { decideSweep } from './clock-guard.ts';

const last = 1_795_514_400_000;

describe('the clock that a sweep goes by', () => {
  it.each([0, dayMs, 2 * dayMs, -30 * dayMs])('is believed %i ms after the last sweep', (laterMs) => {
    expect(decideSweep(last + laterMs, { at: last })).toEqual({ at: last + laterMs });
  });

  it('is doubted where it is over two days ahead, however often it is asked on that day', () => {
    const doubted = decideSweep(last + 9 * dayMs, { at: last });
    expect(doubted).toEqual({ at: last, suspectedAt: last + 9 * dayMs });
    for (const hours of [0, 1, 22]) expect(decideSweep(last + 9 * dayMs + hours * hourMs, doubted)).toEqual(doubted);
  });

  it('is believed when a day later it is a day later, as it is where Convey did not run', () => {
    const doubted = { at: last, suspectedAt: last + 9 * dayMs };
    expect(decideSweep(last + 10 * dayMs, doubted)).toEqual({ at: last + 10 * dayMs });
  });

  it('is believed at once when it was put right', () => {
    const doubted = { at: last, suspectedAt: last + 9 * dayMs };
    expect(decideSweep(last + dayMs, doubted)).toEqual({ at: last + dayMs });
  });

  it('is doubted anew where it went ahead again, or back', () => {
    const doubted = { at: last, suspectedAt: last + 9 * dayMs };
    for (const now of [last + 20 * dayMs, last + 5 * dayMs])
      expect(decideSweep(now, doubted)).toEqual({ at: last, suspectedAt: now });
  });
});
