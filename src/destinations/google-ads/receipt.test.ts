import { describe, expect, test } from 'vitest';
import type { HttpResponse, ReceiptVerdict } from '../kit/destination.ts';
import { readFixture } from '../kit/fixtures.suite.ts';
import { findProcessingReason, processingReasons } from './processing-reasons.ts';
import { receipt } from './receipt.ts';
import { settings } from './settings.ts';

const given = settings.parse(readFixture(`${import.meta.dirname}/fixtures/settings.json`));
const hour = 3_600_000;

const answer = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): HttpResponse => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  incomplete: false as const,
});

/** Returns Google's answer with this state and these counts by reason. */
function status(
  requestStatus: string,
  errors: Readonly<Record<string, string | number>> = {},
  warnings: Readonly<Record<string, string>> = {},
) {
  const list = (counts: Readonly<Record<string, string | number>>, kind: string) =>
    Object.entries(counts).map(([reason, recordCount]) => ({ recordCount, reason: `PROCESSING_${kind}_REASON_${reason}` }));
  return answer(200, {
    requestStatusPerDestination: [
      {
        destination: { productDestinationId: '1' },
        requestStatus,
        errorInfo: { errorCounts: list(errors, 'ERROR') },
        warningInfo: { warningCounts: list(warnings, 'WARNING') },
        eventsIngestionStatus: { recordCount: '3' },
      },
    ],
  });
}

/** Returns the verdict as outcomes with the codes of the issues. */
function summarize(verdict: ReceiptVerdict): unknown {
  if ('settled' in verdict)
    return [
      ...verdict.settled.map(({ outcome, issues }) => [outcome, ...issues.map(({ code }) => code)].join(' ')),
      ...verdict.issues.map(({ code }) => code),
    ];
  if ('rejectRows' in verdict)
    return [...verdict.rejectRows].map(([index, issues]) => `${index} rejected ${issues.map(({ code }) => code).join(' ')}`);
  if ('resendAfterMs' in verdict) return { resendAfterMs: verdict.resendAfterMs, codes: verdict.issues.map(({ code }) => code) };
  if ('bisect' in verdict) return { bisect: verdict.bisect.map(({ code }) => code) };
  return 'blocked' in verdict ? { blocked: verdict.blocked.code } : verdict;
}

const decode = (response: HttpResponse, count: number) => summarize(receipt.decode(response, count));

test('§8.1 the verdict is asked for by the id of the request', () => {
  expect(receipt.encode('126365e1/a b', given, 'token-1')).toEqual({
    method: 'GET',
    url: 'https://datamanager.googleapis.com/v1/requestStatus:retrieve?requestId=126365e1%2Fa%20b',
    headers: { authorization: 'Bearer token-1' },
    body: '',
  });
  expect([receipt.firstAfterMs, receipt.giveUpAfterMs]).toEqual([hour / 2, 24 * hour]);
});

describe('§8.2 §8.3 §8.4 §8.5 §8.6 the verdict on one event', () => {
  test.each([
    ['SUCCESS is delivered', status('SUCCESS'), ['delivered']],
    ['PROCESSING is asked for again', status('PROCESSING'), { still: true }],
    ['an unknown state is asked for again', status('REQUEST_STATUS_UNKNOWN'), { still: true }],
    ['FAILED is rejected with the reason', status('FAILED', { INVALID_GCLID: '1' }), ['0 rejected INVALID_GCLID']],
    ['FAILURE is another word for FAILED', status('FAILURE', { CLICK_NOT_FOUND: '1' }), ['0 rejected CLICK_NOT_FOUND']],
    ['FAILED without a reason is rejected', status('FAILED'), ['0 rejected FAILED']],
    ['PARTIAL_SUCCESS without an error is delivered', status('PARTIAL_SUCCESS'), ['delivered']],
    [
      'PARTIAL_SUCCESS with an error is rejected',
      status('PARTIAL_SUCCESS', { EVENT_TOO_OLD: '1' }),
      ['0 rejected EVENT_TOO_OLD'],
    ],
    ['a count of 0 is no error', status('PARTIAL_SUCCESS', { EVENT_TOO_OLD: '0' }), ['delivered']],
    ['SUCCESS with an error is not delivered', status('SUCCESS', { EVENT_TOO_OLD: 1 }), ['0 rejected EVENT_TOO_OLD']],
    ['a warning is an issue of the event', status('SUCCESS', {}, { INTERNAL_ERROR: '1' }), ['delivered warning']],
    [
      'a transaction that Google had counted is delivered',
      status('FAILED', { DUPLICATE_TRANSACTION_ID: '1' }),
      ['delivered already-counted'],
    ],
    [
      'a click that Google had counted is delivered',
      status('PARTIAL_SUCCESS', { DUPLICATE_GCLID: '1' }),
      ['delivered already-counted'],
    ],
    [
      'a click that is too recent is sent again after 6 hours',
      status('FAILED', { TOO_RECENT_CLICK: '1' }),
      { resendAfterMs: 6 * hour, codes: ['TOO_RECENT_CLICK'] },
    ],
    [
      'an internal error is sent again after an hour',
      status('FAILED', { INTERNAL_ERROR: '1' }),
      { resendAfterMs: hour, codes: ['INTERNAL_ERROR'] },
    ],
    ['a reason that is not known is rejected', status('FAILED', { SOMETHING_NEW: '1' }), ['0 rejected SOMETHING_NEW']],
    ['a name that objects inherit is no known reason', status('FAILED', { CONSTRUCTOR: '1' }), ['0 rejected CONSTRUCTOR']],
  ])('%s', (_, response, expected) => {
    expect(decode(response, 1)).toEqual(expected);
  });
});

describe('§8.2 §8.3 §8.4 §8.5 §8.6 the verdict on three events', () => {
  test.each([
    ['SUCCESS delivers all', status('SUCCESS'), ['delivered', 'delivered', 'delivered']],
    [
      'FAILED rejects all',
      status('FAILED', { INVALID_GCLID: '2', CLICK_NOT_FOUND: '1' }),
      [0, 1, 2].map((index) => `${index} rejected INVALID_GCLID CLICK_NOT_FOUND`),
    ],
    [
      'FAILED rejects all also if counts are missing',
      status('FAILED', { INVALID_GCLID: '1' }),
      [0, 1, 2].map((index) => `${index} rejected INVALID_GCLID`),
    ],
    [
      'as many errors as events reject all',
      status('PARTIAL_SUCCESS', { INVALID_GCLID: '3' }),
      [0, 1, 2].map((index) => `${index} rejected INVALID_GCLID`),
    ],
    [
      'more errors than events prove nothing',
      status('PARTIAL_SUCCESS', { INVALID_GCLID: '3', INVALID_EVENT: '1' }),
      { bisect: ['INVALID_GCLID', 'INVALID_EVENT'] },
    ],
    [
      'a part that is refused sends each again alone',
      status('PARTIAL_SUCCESS', { INVALID_GCLID: '1' }),
      { bisect: ['INVALID_GCLID'] },
    ],
    ['SUCCESS with an error sends each again alone', status('SUCCESS', { INVALID_GCLID: '1' }), { bisect: ['INVALID_GCLID'] }],
    [
      'duplicates alone are delivered',
      status('PARTIAL_SUCCESS', { DUPLICATE_TRANSACTION_ID: '2' }),
      ['delivered', 'delivered', 'delivered', 'already-counted'],
    ],
    [
      'duplicates beside errors are found one by one',
      status('FAILED', { DUPLICATE_TRANSACTION_ID: '2', INVALID_GCLID: '1' }),
      { bisect: ['INVALID_GCLID'] },
    ],
    [
      'clicks that are too recent send all again',
      status('PARTIAL_SUCCESS', { TOO_RECENT_CLICK: '1' }),
      { resendAfterMs: 6 * hour, codes: ['TOO_RECENT_CLICK'] },
    ],
    [
      'a recent click beside an error is found one by one',
      status('FAILED', { TOO_RECENT_CLICK: '1', INVALID_GCLID: '2' }),
      { bisect: ['TOO_RECENT_CLICK', 'INVALID_GCLID'] },
    ],
    [
      'a warning concerns the request',
      status('SUCCESS', {}, { INTERNAL_ERROR: '1' }),
      ['delivered', 'delivered', 'delivered', 'warning'],
    ],
  ])('%s', (_, response, expected) => {
    expect(decode(response, 3)).toEqual(expected);
  });

  test('§8.4 the counts are shown as they are', () => {
    const verdict = receipt.decode(status('PARTIAL_SUCCESS', { INVALID_GCLID: '2' }), 3);
    expect('bisect' in verdict && verdict.bisect[0]?.message).toContain('INVALID_GCLID for 2 of the 3 events');
  });
});

describe('§8.8 each documented reason', () => {
  test.each(Object.keys(processingReasons))('%s has its outcome and its remedy', (reason) => {
    const { isCounted, resendAfterMs, message = '' } = findProcessingReason(reason) ?? {};
    const verdict = receipt.decode(status('FAILED', { [reason]: '1' }), 1);
    if (isCounted) expect(summarize(verdict)).toEqual(['delivered already-counted']);
    else if (resendAfterMs !== undefined) expect(verdict).toMatchObject({ resendAfterMs });
    else expect(summarize(verdict)).toEqual([`0 rejected ${reason}`]);
    expect(JSON.stringify('rejectRows' in verdict ? [...verdict.rejectRows] : verdict)).toContain(
      JSON.stringify(message).slice(1, -1),
    );
  });

  test('the account of another advertiser is read without a part of the prefix', () => {
    const reason = 'PROCESSING_ERROR_OPERATING_ACCOUNT_MISMATCH_FOR_AD_IDENTIFIER';
    const part = { requestStatus: 'FAILED', errorInfo: { errorCounts: [{ recordCount: '1', reason }] } };
    const verdict = decode(answer(200, { requestStatusPerDestination: [part] }), 1);
    expect(verdict).toEqual(['0 rejected OPERATING_ACCOUNT_MISMATCH_FOR_AD_IDENTIFIER']);
  });
});

test('§8.4 the counts of several destinations are added', () => {
  const part = (requestStatus: string, recordCount: string) => ({
    requestStatus,
    errorInfo: { errorCounts: [{ recordCount, reason: 'PROCESSING_ERROR_REASON_INVALID_GCLID' }] },
  });
  const parts = [part('FAILED', '1'), part('PARTIAL_SUCCESS', '1')];
  expect(decode(answer(200, { requestStatusPerDestination: parts }), 3)).toEqual({ bisect: ['INVALID_GCLID'] });
  const processing = [...parts, { requestStatus: 'PROCESSING' }];
  expect(decode(answer(200, { requestStatusPerDestination: processing }), 3)).toEqual({ still: true });
});

const unknownId = {
  error: {
    code: 400,
    status: 'INVALID_ARGUMENT',
    details: [
      { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'INVALID_REQUEST_ID', domain: 'datamanager.googleapis.com' },
    ],
  },
};

test.each([
  [
    'a request that Google does not know is unverified',
    answer(400, unknownId),
    ['unverified INVALID_REQUEST_ID', 'unverified INVALID_REQUEST_ID'],
  ],
  [
    'a request that is not found is unverified',
    answer(404, { error: { code: 404, status: 'NOT_FOUND' } }),
    ['unverified INVALID_REQUEST_ID', 'unverified INVALID_REQUEST_ID'],
  ],
  ['a 404 that is not of Google is no verdict', answer(404, 'not found'), { blocked: 'not-found' }],
  ['a refused token asks again', answer(401, { error: { code: 401, status: 'UNAUTHENTICATED' } }), { blocked: 'token-refused' }],
  [
    'a withdrawn access asks again',
    answer(403, { error: { code: 403, status: 'PERMISSION_DENIED' } }),
    { blocked: 'permission-denied' },
  ],
  ['a used-up quota asks again', answer(429, '', { 'retry-after': '60' }), { retry: expect.any(String), retryAfter: '60' }],
  ['a 503 asks again', answer(503, ''), { retry: expect.any(String) }],
  ['an answer that is cut asks again', { ...status('SUCCESS'), incomplete: 'cut' as const }, { retry: expect.any(String) }],
  ['an answer without a destination asks again', answer(200, { requestStatusPerDestination: [] }), { retry: expect.any(String) }],
  ['a state that is not documented asks again', status('DONE'), { retry: expect.any(String) }],
  ['a count that is no number asks again', status('PARTIAL_SUCCESS', { INVALID_GCLID: 'many' }), { retry: expect.any(String) }],
])('§8.7 §7.9 a question without a verdict: %s', (_, response, expected) => {
  expect(decode(response, 2)).toEqual(expected);
});

test('§7.7 a token that is refused in a question is exchanged again', () => {
  expect(receipt.decode(answer(401, ''), 1)).toMatchObject({ tokenRefused: true });
});
