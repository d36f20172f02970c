import { PassThrough } from 'node:stream';
import { expect, it, vi } from 'vitest';
import { runInTerminal } from '../terminal.ts';
import { createImportProgress } from './import-progress.ts';

/** Shows the progress of an import that takes 40 s, with a figure each second. */
function show(isTTY: boolean, before = 0, waitSeconds = 0): string {
  const stderr = Object.assign(new PassThrough(), { isTTY });
  const terminal = { stdin: new PassThrough(), stdout: new PassThrough(), stderr, exitCode: 0 };
  vi.useFakeTimers();
  runInTerminal(terminal, () => {
    const progress = createImportProgress(40_000, before);
    for (let done = 1; done <= 40; done += 1) {
      vi.advanceTimersByTime(done === 8 ? 1_000 * (waitSeconds + 1) : 1_000);
      progress.show(1_000 * done, { accepted: 1_000 * done, repeated: 0, refused: done > 30 ? 7 : 0 });
    }
    progress.note('Waits.');
    progress.end();
  });
  vi.useRealTimers();
  return String(stderr.read());
}

it('an import on a terminal has one bar, which ends before a line that stays', () => {
  const shown = show(true);
  expect(shown.split('\n')).toHaveLength(2);
  expect(shown).toContain('[######......] 50%  20,000 of 40,000 rows, 1,000/s, 20 s left\r');
  expect(shown.endsWith('\r\u001b[KWaits.\n')).toBe(true);
});

it('an import without a terminal has a line each ten seconds, with rate, remaining time and refused rows', () => {
  expect(show(false).split('\n')).toEqual([
    '25%  10,000 of 40,000 rows, 1,000/s, 30 s left',
    '50%  20,000 of 40,000 rows, 1,000/s, 20 s left',
    '75%  30,000 of 40,000 rows, 1,000/s, 10 s left',
    '100%  40,000 of 40,000 rows, 1,000/s, 0 s left, 7 refused',
    ...['Waits.', ''],
  ]);
});

it('the rate of a resumed import counts the rows of this start alone', () => {
  expect(show(false, 9_000).split('\n')[0]).toBe('25%  10,000 of 40,000 rows, 100/s, 5 minutes left');
});

it('the rate of an import forgets a wait', () => {
  const [wait, , afterWait] = show(false, 0, 600).split('\n');
  expect(wait).toMatch(/^20% .*\/s, 5 hours left$/);
  expect(afterWait).toBe('70%  28,000 of 40,000 rows, 1,000/s, 12 s left');
});
