import { PassThrough, Readable } from 'node:stream';
import { afterEach, expect, it, vi } from 'vitest';
import { showCounts, showProgress } from './show-progress.ts';
import { runInTerminal } from './terminal.ts';

afterEach(() => vi.useRealTimers());

it.each([
  [true, ['Writing: 50%', 'Searching, found: 3', '']],
  [false, ['']],
] as const)('progress appears once a second on stderr if that is a terminal: %s', (isTTY, expected) => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const stderr = Object.assign(new PassThrough(), { isTTY });
  runInTerminal({ stdin: Readable.from([]), stdout: new PassThrough(), stderr, exitCode: 0 }, () => {
    const [show, count] = [showProgress('Writing'), showCounts()];
    show(1, 10);
    vi.setSystemTime(Date.now() + 1_000);
    show(5, 10);
    show(6, 10);
    count('Searching, found', 3);
  });
  expect(String(stderr.read() ?? '').split('\n')).toEqual(expected);
});
