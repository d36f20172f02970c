import { expect, test } from 'vitest';
import { explainGone, explainGoneOutcome } from './explain-gone.ts';

const redacted = { body: { redacted: true } } as const;

test.each([
  ['consent-missing', 'consent-denied', /^No consent came within 90 s, .*`user\.anonymousId`/],
  ['consent-refused', 'consent-denied', /^Consent was denied within 90 s/],
  ['consent-denied', 'consent-denied', /^Consent was denied, or none came within 90 s/],
  ['erased', 'erased', /^A privacy request erased the data/],
  ['erased-report', 'erased', /^A privacy request erased the data/],
  [undefined, 'erased', /^The data was erased/],
] as const)('the text of a redacted record with the reason %s says what happened', (absent, reason, says) => {
  expect(explainGone(redacted, absent)).toEqual({ reason, says: expect.stringMatching(says) });
});

test('an event whose record is gone or damaged was not erased', () => {
  expect(explainGone(undefined, undefined)).toMatchObject({ reason: 'expired', says: expect.stringContaining('retentionDays') });
  const corrupt = { body: { corrupt: true, raw: new Uint8Array() } } as const;
  expect(explainGone(corrupt, undefined)).toMatchObject({ reason: 'damaged', says: expect.stringContaining('checksum') });
});

test.each([
  ['consent-denied', 'skips it as `consent-denied`'],
  ['erased', 'skips it as `erased`'],
  ['expired', 'before its data was removed'],
  ['damaged', 'records it as a failed event'],
] as const)('an event that is %s and not processed yet waits for nothing', (reason, text) => {
  const unsent = { connection: 'bing', outcome: 'undelivered', says: 'Waits to be sent.', issues: [] } as const;
  expect(explainGoneOutcome({ ...unsent }, { reason }).says).toMatch(/^Nothing is sent\. /);
  expect(explainGoneOutcome({ ...unsent }, { reason }).says).toContain(text);
  const settled = { ...unsent, outcome: 'delivered' } as const;
  expect(explainGoneOutcome(settled, { reason })).toBe(settled);
});
