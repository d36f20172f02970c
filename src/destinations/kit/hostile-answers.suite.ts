import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../event/issue.ts';
import type { BoundDestination, HttpResponse, ReceiptVerdict, ResponseVerdict } from './destination.ts';
import { exchangeFixture, readFixtures } from './fixtures.suite.ts';
import { judgeProbe } from './judge-probe.ts';

/** The differences between platforms that the shared tests have to know. */
export interface AnswerOptions {
  /**
   * The page of a platform that documents no answer, so that a 2xx alone means acceptance, with the day when it was read. An answer that is no
   * web page and cannot be read is then delivered with an issue. If absent, an event is delivered only if the answer says so.
   */
  readonly acceptsByStatus?: string;
  /** The page that says that the body of a 2xx has no meaning, with the day when it was read. Only a web page is then no acceptance. */
  readonly acceptsAnyBody?: string;
  /** Bodies of a 200 for one event that is not delivered: a failure, or an entry without a known status. */
  readonly failures?: readonly Json[];
}

const successes = [200, 201, 202, 204, 206];

const webPages: readonly (readonly [string, string, string])[] = [
  ['an HTML page', '<!doctype html><html><title>Sign in</title></html>', 'text/html; charset=utf-8'],
  ['an HTML page without a type', '\n<HTML><HEAD><meta http-equiv="refresh"', ''],
  ['an XHTML page', '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"></html>', 'application/xhtml+xml'],
  ['a text that is declared as a page', 'Please wait…', 'text/html'],
];

const unreadable: readonly (readonly [string, string])[] = [
  ['empty', ''],
  ['blank', ' \r\n\t'],
  ['a word', 'OK'],
  ['cut', '{"received":1,"resu'],
  ['two documents', '{}{}'],
];

const foreign: readonly (readonly [string, string])[] = [
  ['null', 'null'],
  ['a list', '[]'],
  ['a list of lists', '[[1],[2]]'],
  ['a text', '"ok"'],
  ['a number', '1'],
  ['true', 'true'],
  ['an object without members', '{}'],
  ['of another service', '{"ok":true,"result":"success","status":"ok","message":"queued"}'],
  ['named like what objects inherit', '{"__proto__":{"status":"processed"},"constructor":{},"toString":1}'],
];

/** Registers the tests that no answer except the platform's own acceptance makes an event `delivered`. */
export function describeHostileAnswers(id: string, platform: BoundDestination, folder: string, options: AnswerOptions): void {
  const { acceptsByStatus, acceptsAnyBody, failures = [] } = options;
  const hasMeaning = acceptsAnyBody === undefined;
  const mayDeliver = acceptsByStatus !== undefined || !hasMeaning;
  const expectDoubt = !hasMeaning ? expectDelivered : mayDeliver ? expectIssueIfDelivered : expectUndelivered;

  describe(`${id}: answers that are no acceptance`, () => {
    const isPage = ([, body]: (typeof webPages)[number]) => hasMeaning || body.includes('<');
    test.each(webPages.filter(isPage))('%s delivers nothing', (_, body, type) => {
      for (const status of successes)
        for (const incomplete of [false, 'cut', 'too-long'] as const)
          expectUndelivered(platform.decode({ ...toResponse(status, body, incomplete), headers: { 'content-type': type } }, 2));
    });

    test.each(unreadable)(
      `an answer that is %s ${hasMeaning ? 'delivers nothing, or not without an issue' : 'is an acceptance'}`,
      (_, body) => {
        for (const status of successes) {
          for (const incomplete of [false, 'too-long'] as const)
            expectDoubt(platform.decode(toResponse(status, body, incomplete), 2));
          expectRepeat(platform.decode(toResponse(status, body, 'cut'), 2));
        }
      },
    );

    if (!mayDeliver)
      test.each(foreign)('an answer that is %s delivers nothing', (_, body) => {
        for (const status of successes) expectUndelivered(platform.decode(toResponse(status, body), 2));
      });

    const accepted = readFixtures(join(folder, 'fixtures/exchange'), exchangeFixture).flatMap(([, { payloads, answers }]) =>
      answers
        .filter(({ response: { status }, expect: expected }) => successes.includes(status) && !isBlocked(expected))
        .map(({ response: { body } }) => ({
          body: typeof body === 'string' ? body : JSON.stringify(body),
          count: payloads.length,
        })),
    );

    const isReceived = ({ body, count }: (typeof accepted)[number]) => {
      const decoded = platform.decode(toResponse(200, body), count);
      return 'accepted' in decoded || countDelivered(decoded) > 0;
    };

    test('a success whose answer was cut off anywhere delivers nothing, and is sent again', () => {
      for (const { body, count } of accepted.filter(isReceived))
        for (const end of listCuts(body))
          for (const status of successes) expectRepeat(platform.decode(toResponse(status, body.slice(0, end), 'cut'), count));
    });

    test('a success that is longer than is read is judged by its status, or is no acceptance', () => {
      for (const { body, count } of accepted)
        for (const end of listCuts(body)) expectDoubt(platform.decode(toResponse(200, body.slice(0, end), 'too-long'), count));
    });

    test('a success in an unknown form repeats a bounded number of times', () => {
      for (const [, body] of [...unreadable.slice(0, 2), ...foreign])
        for (const status of successes) expectBounded(platform.decode(toResponse(status, body), 2));
    });

    test('a probe whose answer was cut off does not prove the credential', () => {
      for (const { body } of accepted)
        for (const status of successes) expect(platform.probe.decode(toResponse(status, body, 'cut'))).not.toBe('ok');
    });

    test('a probe is unverified by an answer that is no verdict, and refused by one that names the credential', () => {
      const judge = (response: HttpResponse) => judgeProbe(platform.probe.decode(response));
      for (const [, body, type] of webPages.filter(isPage))
        expect(judge({ ...toResponse(200, body), headers: { 'content-type': type } })).toBe('unverified');
      for (const status of [301, 302, 307, 308, 408, 425, 429, 500, 502, 503, 504])
        for (const [, body] of unreadable) expect([status, judge(toResponse(status, body))]).toEqual([status, 'unverified']);
      const refusals = readFixtures(join(folder, 'fixtures/exchange'), exchangeFixture).flatMap(([, { answers }]) =>
        answers.filter(({ response: { status }, expect: expected }) => status === 401 && isBlocked(expected)),
      );
      for (const { response } of refusals) {
        const body = typeof response.body === 'string' ? response.body : JSON.stringify(response.body);
        const decoded = platform.probe.decode({ ...toResponse(401, body), headers: response.headers ?? {} });
        const isForeign = decoded !== 'ok' && decoded.field === 'settings.endpoint';
        expect(judgeProbe(decoded)).toBe(isForeign ? 'unverified' : 'refused');
      }
    });

    test('an acceptance with another status than success delivers nothing', () => {
      for (const { body, count } of accepted)
        for (const status of [100, 301, 302, 304, 400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503])
          expectUndelivered(platform.decode(toResponse(status, body), count));
    });

    if (failures.length > 0)
      test('a success that carries a failure or an unknown status delivers no event', () => {
        for (const body of failures) expectUndelivered(platform.decode(toResponse(200, JSON.stringify(body)), 1));
      });
  });

  const { auth, receipt } = platform;
  const planted = [...webPages, ...unreadable, ...foreign].map(([name, body]) => [name, body] as const);

  if (receipt)
    describe(`${id}: answers to the question for a verdict`, () => {
      test.each(planted)('%s delivers nothing', (_, body) => {
        for (const status of [...successes, 301, 400, 401, 404, 429, 500])
          for (const incomplete of [false, 'cut', 'too-long'] as const)
            expectUndelivered(receipt.decode(toResponse(status, body, incomplete), 2));
      });

      test('the times are positive, and the first question precedes the end', () => {
        expect(receipt.firstAfterMs).toBeGreaterThan(0);
        expect(receipt.giveUpAfterMs).toBeGreaterThan(receipt.firstAfterMs);
      });

      test('a ticket cannot leave its place in the URL', () => {
        const plain = new URL(receipt.encode('ticket-1').url);
        const hostile = new URL(receipt.encode('../../x?a=b&c=d#e').url);
        expect([hostile.host, hostile.hash]).toEqual([plain.host, '']);
        expect([...hostile.searchParams.keys()]).toEqual([...plain.searchParams.keys()]);
        expect(hostile.pathname.split('/')).toHaveLength(plain.pathname.split('/').length);
      });
    });

  if (auth)
    describe(`${id}: answers to the exchange of an access token`, () => {
      test.each(planted)('%s gives no token', (_, body) => {
        for (const status of [...successes, 301, 400, 401, 404, 429, 500])
          for (const incomplete of [false, 'cut', 'too-long'] as const)
            expect(auth.decode(toResponse(status, body, incomplete))).not.toHaveProperty('token');
      });

      test('a token that a header cannot carry, or that was not read whole, is none', () => {
        const answer = { access_token: 'token-1', expires_in: 3_600, token_type: 'Bearer' };
        for (const access_token of ['abc\r\nx-evil: 1', 'two words', ' ', '', 'tökén', '\u0000', 7, {}])
          expect(auth.decode(toResponse(200, JSON.stringify({ ...answer, access_token })))).not.toHaveProperty('token');
        for (const incomplete of ['cut', 'too-long'] as const)
          expect(auth.decode(toResponse(200, JSON.stringify(answer), incomplete))).not.toHaveProperty('token');
      });

      test('the reason of a failure repeats no part of the answer', () => {
        const canary = 'canary-5f3a';
        const body = JSON.stringify({
          error: 'invalid_grant',
          error_description: canary,
          access_token: canary,
          assertion: canary,
        });
        for (const status of [400, 401, 403, 429, 500])
          expect(JSON.stringify(auth.decode(toResponse(status, body)))).not.toContain(canary);
      });
    });
}

function isBlocked(expected: Json): boolean {
  return typeof expected === 'object' && expected !== null && 'blocked' in expected;
}

function toResponse(status: number, body: string, incomplete: HttpResponse['incomplete'] = false): HttpResponse {
  return { status, headers: {}, body, incomplete };
}

function countDelivered(decoded: ResponseVerdict | ReceiptVerdict): number {
  return 'settled' in decoded ? decoded.settled.filter(({ outcome }) => outcome === 'delivered').length : 0;
}

function expectUndelivered(decoded: ResponseVerdict | ReceiptVerdict): void {
  expect(countDelivered(decoded)).toBe(0);
}

/** Expects that the events are sent again and the answer is no success. A web page pauses the connection instead. */
function expectRepeat(decoded: ResponseVerdict): void {
  expect(decoded).toSatisfy((verdict: ResponseVerdict) => 'blocked' in verdict || ('retry' in verdict && !verdict.unconfirmed));
}

/** Expects a verdict that cannot repeat for ever: delivery bounds an unconfirmed success, and an error of the platform's is its own problem. */
function expectBounded(decoded: ResponseVerdict): void {
  expect(decoded).toSatisfy((verdict: ResponseVerdict) => !('retry' in verdict) || verdict.unconfirmed === 'platform');
}

/** Returns about 40 lengths of the beginning of a body, and that of all. */
function listCuts(body: string): readonly number[] {
  const step = Math.max(1, Math.floor(body.length / 40));
  return [...Array.from({ length: Math.ceil(body.length / step) }, (_, index) => index * step), body.length];
}

function expectDelivered(decoded: ResponseVerdict): void {
  expect(countDelivered(decoded)).toBeGreaterThan(0);
}

function expectIssueIfDelivered(decoded: ResponseVerdict): void {
  if ('settled' in decoded && countDelivered(decoded) > 0)
    expect([...decoded.issues, ...decoded.settled.flatMap(({ issues }) => issues)]).not.toEqual([]);
}
