import { expect, test } from 'vitest';
import { explainFault } from './fault-texts.ts';
import { readFailure, toItemFailure } from './faults.ts';

/**
 * The codes of the vendor's list with the action that each asks for, whatever the status of the answer.
 * @source https://learn.microsoft.com/en-us/advertising/guides/operation-error-codes?view=bingads-13 (2026-08-10)
 */
const codes = {
  refresh: [105, 109],
  forbidden: [106],
  stop: [108, 120, 122, 123, 124, 125, 126],
  row: [5604, 5607, 5609, 5610, 5611, 5614, 5616, 5617, 5618, 5619, 5620, 5621, 5622, 5623, 5624, 5625, 5626],
  bug: [100, 116, 201, 203, 206, 5600, 5601, 5602, 5603, 5605, 5608],
  wait: [117],
  retry: [0, 5612],
  unavailable: [204, 5613, 5627, 6610],
  // The whole ranges of tags and goals.
  input: Array.from({ length: 59 }, (_, index) => 5_300 + index),
} as const;

const answer = (status: number, body: object) =>
  ({ status, headers: {}, body: JSON.stringify(body), incomplete: false }) as const;

test.each(Object.entries(codes))('the codes of %s decide in each spelling, and not the status', (action, listed) => {
  for (const code of listed)
    for (const status of [400, 401, 403, 500]) {
      const fault = { Code: code, ErrorCode: 'Named', Message: 'a@shop.example', Details: 'secret' };
      const errors = readFailure(answer(status, { TrackingId: 't-1', Errors: [fault] }));
      expect(errors).toMatchObject({ action, code: `${code} Named`, trackingId: 't-1' });
      expect(readFailure(answer(status, { OperationErrors: [{ ...fault, Code: String(code) }] }))).toMatchObject({ action });
      expect(readFailure(answer(status, { BatchErrors: [null, fault] }))).toMatchObject({ action });
      expect(JSON.stringify(errors)).not.toMatch(/shop.example|secret/);
      expect(errors.message).toMatch(/\. .*\.$/);
    }
});

test('a fault without a number is judged by the status, and one of an item is the request', () => {
  const named = [{ ErrorCode: 'NotEligibleForEnhancedConversions' }];
  expect(readFailure(answer(403, { Errors: named }))).toMatchObject({ action: 'forbidden', code: named[0]?.ErrorCode });
  expect(readFailure(answer(503, {}))).toMatchObject({ action: 'retry', code: 'HTTP 503' });
  expect(readFailure({ ...answer(401, {}), body: '<html>' })).toMatchObject({ action: 'refresh' });
  expect(toItemFailure({ code: 5_999, name: 'New' })).toMatchObject({ action: 'input', code: '5999 New' });
});

test('a fault of the sign-in explains those that follow from it', () => {
  const both = [
    { Code: 5_300, ErrorCode: 'InvalidUetTagId' },
    { Code: 109, ErrorCode: 'AuthenticationTokenExpired' },
  ];
  expect(readFailure(answer(400, { Errors: both }))).toMatchObject({ action: 'refresh' });
  expect(explainFault(109, 'refresh')).toContain('Connect Microsoft again');
});
