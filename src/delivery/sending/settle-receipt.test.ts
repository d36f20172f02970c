import { describe, expect, it } from 'vitest';
import { dayMs, hourMs, minuteMs } from '../../event/units.ts';
import type { Receipt } from '../../storage/ports/receipts.ts';
import { start } from '../delivery.fixture.ts';
import { getFirstAskTime, postponeReceipt } from './settle-receipt.ts';

const times = { firstAfterMs: 30 * minuteMs, giveUpAfterMs: dayMs };
const receipt: Receipt = { attempt: 'a', ticket: 't', receivedAt: start, askAt: start, asks: 0, members: [{ offset: '1' }] };
const middle = () => 0.5;

describe('the questions for a verdict', () => {
  it.each([0, 0.5, 1])('begin at the documented time, and at most a minute later (random %s)', (random) => {
    const lateMs = getFirstAskTime(times, start, () => random) - start - times.firstAfterMs;
    expect(lateMs).toBeGreaterThanOrEqual(0);
    expect(lateMs).toBeLessThanOrEqual(minuteMs);
  });

  it('follow each other in intervals that grow by 1.3, up to 60 minutes', () => {
    let next: Receipt = receipt;
    let now = start;
    const intervals: number[] = [];
    for (let ask = 0; ask < 5; ask += 1) {
      const postponed = postponeReceipt(next, times, now, middle, { isAnswered: true });
      if (!postponed) throw new Error('gave up');
      intervals.push((postponed.askAt - now) / minuteMs);
      now = postponed.askAt;
      next = postponed;
    }
    expect(intervals.map((minutes) => Math.round(minutes * 10) / 10)).toEqual([39, 50.7, 60, 60, 60]);
    expect(next.asks).toBe(5);
  });

  it.each([0, 1])('are spread, and never more than 60 minutes apart (random %s)', (random) => {
    const asked = postponeReceipt({ ...receipt, asks: 20 }, times, start, () => random, { isAnswered: true });
    expect(asked?.askAt).toBeLessThanOrEqual(start + hourMs);
    const [early, late] = [0, 1].map(
      (one) => postponeReceipt(receipt, times, start, () => one, { isAnswered: true })?.askAt ?? 0,
    );
    expect(late).toBeGreaterThan(early ?? 0);
  });

  it('end with one at the end of the time', () => {
    const last = postponeReceipt(receipt, times, start + dayMs - minuteMs, middle, { isAnswered: true });
    expect(last?.askAt).toBe(start + dayMs);
    expect(postponeReceipt(receipt, times, start + dayMs, middle, { isAnswered: true })).toBeUndefined();
  });

  it('go on for twice the time if they are not answered', () => {
    expect(postponeReceipt(receipt, times, start + dayMs, middle, { isAnswered: false })).toBeDefined();
    expect(postponeReceipt(receipt, times, start + 2 * dayMs, middle, { isAnswered: false })).toBeUndefined();
  });

  it('wait as long as the platform asks for, at most an hour', () => {
    const asks = (askedMs: number) => postponeReceipt(receipt, times, start, middle, { isAnswered: false, askedMs })?.askAt;
    expect(asks(50 * minuteMs)).toBe(start + 50 * minuteMs);
    expect(asks(hourMs)).toBe(start + hourMs);
    expect(asks(5 * hourMs)).toBe(start + hourMs);
    expect(asks(9 * dayMs)).toBe(start + hourMs);
  });
});
