import { expect, it } from 'vitest';
import { errorMessage } from '../../errors.ts';
import { createLogger } from '../../logger.ts';
import { LeaseLostError } from '../../storage/ports/consumers.ts';
import { FaultReporter, type FaultReporterDeps } from './fault-reporter.ts';

function createReporter(outage?: FaultReporterDeps['outage']) {
  const lines: { readonly msg: string; readonly consumer: string; readonly repeats?: number }[] = [];
  const crashes: string[] = [];
  const time = { ms: 0 };
  const logger = createLogger('info', { write: (line) => void lines.push(JSON.parse(line)) });
  const reporter = new FaultReporter({
    logger,
    monotonic: () => time.ms,
    outage,
    onCrash: (consumer) => void crashes.push(consumer),
  });
  return { reporter, lines, crashes, time };
}

it('the consumers that crash by the same error share one line in ten minutes, and each crash is counted', () => {
  const { reporter, lines, crashes, time } = createReporter();
  const error = new Error('database disk image is malformed');
  for (let round = 0; round < 10; round += 1)
    for (const consumer of ['identity:a', 'a/bing', 'b/bing']) expect(reporter.report(consumer, error)).toBe(error.message);
  expect(lines).toMatchObject([{ msg: 'consumer crashed', site: 'a', consumer: 'identity:a' }]);
  expect(crashes).toHaveLength(30);
  reporter.report('a/bing', new Error('another'));
  time.ms = 600_000;
  reporter.report('b/bing', error);
  expect(lines.map(({ repeats }) => repeats)).toEqual([undefined, undefined, 29]);
});

it('errors that differ each time have at most 20 lines in ten minutes', () => {
  const { reporter, lines } = createReporter();
  for (let row = 0; row < 1_000; row += 1) reporter.report('a/bing', new Error(`row ${row} is damaged`));
  expect(lines).toHaveLength(20);
});

it('an error that an outage explains is no crash, and has no line for a consumer', () => {
  const { reporter, lines, crashes } = createReporter({
    explains: (source, error) => source === 'a/bing' && errorMessage(error) === 'gone',
  });
  expect(reporter.report('a/bing', new Error('gone'))).toBeUndefined();
  expect([lines, crashes]).toEqual([[], []]);
  expect(reporter.report('b/bing', new Error('gone'))).toBe('gone');
});

it('a lost lease is no crash', () => {
  const { reporter, lines, crashes } = createReporter();
  expect(reporter.report('a/bing', new LeaseLostError('lost'))).toBeUndefined();
  expect(lines).toMatchObject([{ msg: 'lease lost', site: 'a', consumer: 'a/bing' }]);
  expect(crashes).toEqual([]);
});

it('the text of a crash has no personal data and a bounded length', () => {
  const { reporter } = createReporter();
  expect(reporter.report('a/bing', new Error(`jane@shop.example ${'x'.repeat(500)}`))).toMatch(/^\[removed\] x{290}$/);
});
