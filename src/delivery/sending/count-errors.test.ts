import { expect, it } from 'vitest';
import { maxErrorPairsAtOnce } from '../../storage/ports/delivery-errors.ts';
import { start } from '../../storage/ports/store.fixture.ts';
import { buildReply, sampleIssue } from '../tiny-platform.fixture.ts';
import type { RequestOutcome } from './attempt-result.ts';
import { countDeadLetters, countFailedRequest } from './count-errors.ts';

function answered(status: number, verdict: object): RequestOutcome {
  const sent = buildReply(status);
  if (!('response' in sent)) throw new Error('the fixture has no response');
  return { response: sent.response, verdict: { retry: 'Busy.', ...verdict } };
}

it.each<[string, RequestOutcome]>([
  ['ENOTFOUND', { notSent: 'ENOTFOUND' }],
  ['UND_ERR_HEADERS_TIMEOUT', { unknown: 'UND_ERR_HEADERS_TIMEOUT' }],
  ['503', answered(503, {})],
  ['answer-unknown', answered(200, { unconfirmed: 'platform' })],
  ['answer-unknown', answered(200, {})],
  [sampleIssue.code, answered(401, { blocked: sampleIssue })],
  ['100/2804003', answered(400, { blocked: { ...sampleIssue, code: '100/2804003' } })],
  ['access-token', { verdict: { retry: 'The token server is busy.' } }],
  ['other', { notSent: 'ECONN<script>' }],
  ['other', { unknown: 'jane.doe@example.com' }],
  ['other', answered(400, { blocked: { ...sampleIssue, code: 'c'.repeat(65) } })],
])('the events of a failed request count by name under the code %s', (code, requestOutcome) => {
  const members = ['Purchase', 'Lead', 'Purchase', '<img src=x>'].map((eventName) => ({ eventName }));
  const bucket = start - (start % 3_600_000);
  expect(countFailedRequest(members, requestOutcome, start + 5)).toEqual([
    { bucket, code, name: 'Purchase', events: 2 },
    { bucket, code, name: 'Lead', events: 1 },
    { bucket, code, name: 'other', events: 1 },
  ]);
});

it('a failed event counts under the code of its last issue, or under its cause', () => {
  const issue = (code: string) => ({ ...sampleIssue, code });
  const letters = [
    { cause: 'rejected', issues: [issue('note'), issue('refused')], eventName: 'Lead' },
    { cause: 'corrupt', issues: [], eventName: 'Lead' },
  ] as const;
  expect(countDeadLetters(letters, start).map(({ code }) => code)).toEqual(['refused', 'corrupt']);
});

it('one commit has a bounded number of pairs, and counts every event', () => {
  const letters = Array.from({ length: 500 }, (_, index) => ({
    cause: 'rejected' as const,
    issues: [{ ...sampleIssue, code: `code-${index}` }],
    eventName: 'Lead',
  }));
  const counts = countDeadLetters(letters, start);
  expect(counts).toHaveLength(maxErrorPairsAtOnce);
  expect(counts.reduce((sum, { events }) => sum + events, 0)).toBe(500);
});
