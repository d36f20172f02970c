import { expect, test } from 'vitest';
import { describeChannel } from './describe-channel.ts';

test('describeChannel is ok only if the last attempt was accepted', () => {
  const lastProblem = 'the response was HTTP 404';
  expect(describeChannel({})).toBe('not tried yet');
  expect(describeChannel({ lastSentAt: 1 })).toBe('ok');
  const failed = 'The last attempt failed: the response was HTTP 404. Convey tries again.';
  expect([describeChannel({ lastProblem }), describeChannel({ lastProblem, lastSentAt: 1 })]).toEqual([failed, failed]);
  expect(describeChannel({ problem: 'Accepts no messages.', lastProblem })).toBe('Accepts no messages.');
});
