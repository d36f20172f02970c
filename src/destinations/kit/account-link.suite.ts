import { describe, expect, test } from 'vitest';
import type { BoundAccountLink } from './account-link.ts';
import type { RegisteredDestination } from './destination.ts';

const unusable: readonly (readonly [string, string])[] = [
  ['empty', ''],
  ['a word', 'OK'],
  ['cut', '{"refresh_token":"r-1","sco'],
  ['an HTML page', '<!doctype html><html><title>Sign in</title></html>'],
  ['null', 'null'],
  ['a list', '[{"refresh_token":"r-1"}]'],
  ['without members', '{}'],
  ['named like what objects inherit', '{"__proto__":{"refresh_token":"r-1"},"constructor":{}}'],
  ['of other types', '{"refresh_token":{"a":1},"access_token":7,"scope":[]}'],
];

/** Registers the tests of a destination's account link. Does nothing if it has none. */
export function describeAccountLink({ id, accountLink: link, secrets, fileOnly, form }: RegisteredDestination): void {
  if (!link) return;
  const bind = (): BoundAccountLink => {
    const bound = link.bind(Object.fromEntries(link.needs.map((name) => [name, `sample-${name}`])));
    if ('issues' in bound) throw new Error(JSON.stringify(bound.issues));
    return bound;
  };
  const request = { redirectUrl: 'https://convey.example/connect-account', state: 'state-1', codeChallenge: 'challenge-1' };
  const exchange = { redirectUrl: request.redirectUrl, code: 'code&1=2', codeVerifier: 'verifier-1' };

  describe(`${id}: account link`, () => {
    test('the settings that it needs are in the form, and those that it provides are secrets', () => {
      const fields = Object.keys(Object(form.properties));
      for (const name of link.needs) expect(fields).toContain(name);
      for (const name of link.provides) expect(secrets).toContain(name);
      expect(link.needs.filter((name) => fileOnly.includes(name))).toEqual([]);
    });

    test('the consent page is https, gets state and challenge, and no secret', () => {
      const url = new URL(bind().authorize(request));
      expect(url.protocol).toBe('https:');
      const query = Object.fromEntries(url.searchParams);
      expect(query).toMatchObject({
        response_type: 'code',
        redirect_uri: request.redirectUrl,
        state: 'state-1',
        code_challenge: 'challenge-1',
        code_challenge_method: 'S256',
      });
      for (const name of secrets) expect(url.href).not.toContain(`sample-${name}`);
    });

    test('the exchange is a POST whose URL has neither code nor secret', () => {
      const { method, url, body } = bind().encode(exchange);
      expect(method).toBe('POST');
      expect(new URL(url).protocol).toBe('https:');
      for (const text of ['code&1', encodeURIComponent('code&1=2'), 'verifier-1', 'sample-']) expect(url).not.toContain(text);
      expect(Object.fromEntries(new URLSearchParams(body))).toMatchObject({ code: 'code&1=2', code_verifier: 'verifier-1' });
    });

    test.each(unusable)('an answer that is %s provides no credential', (_, body) => {
      for (const status of [200, 201, 302, 400, 401, 403, 404, 429, 500, 503])
        for (const incomplete of [false, 'cut', 'too-long'] as const)
          expect(bind().decode({ status, headers: {}, body, incomplete })).toMatchObject({ issue: { code: expect.any(String) } });
    });

    test('the reason of a failure repeats no part of the answer', () => {
      const canary = 'canary-5f3a';
      const body = JSON.stringify({ error: canary, error_description: canary, refresh_token: canary });
      for (const status of [400, 401, 403, 429, 500]) {
        const result = bind().decode({ status, headers: {}, body, incomplete: false });
        expect(JSON.stringify(result)).not.toContain(canary);
      }
      expect(JSON.stringify(link.explainError(canary))).not.toContain(canary);
    });
  });
}
