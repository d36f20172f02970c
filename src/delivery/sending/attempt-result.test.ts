import { expect, test } from 'vitest';
import type { EventResult } from '../../destinations/kit/destination.ts';
import { start } from '../delivery.fixture.ts';
import { toSettledAttempt } from './attempt-result.ts';

const response = { status: 200, headers: {}, body: '{}', incomplete: false as const };

test.each([
  ['delivered', ['delivered', 'delivered']],
  ['delivered', ['delivered', 'unverified']],
  ['unverified', ['unverified', 'unverified']],
] as const)('a request is stored as %s when its events are %j', (result, outcomes) => {
  const settled = outcomes.map((outcome): EventResult => ({ outcome, issues: [] }));
  expect(toSettledAttempt({ response, verdict: { settled, issues: [] } }, 'a', start)).toMatchObject({
    id: 'a',
    at: start,
    result,
  });
});
