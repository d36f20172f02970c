import { html } from 'hono/html';
import type { Reply } from '../../kit/http/reply.ts';
import type { AuthorizationCodes } from './authorization-codes.ts';

const scope = 'https://www.googleapis.com/auth/datamanager';

/**
 * Answers `GET /o/oauth2/v2/auth`: a page on which access is allowed or denied. Every client is known.
 * @source https://developers.google.com/identity/protocols/oauth2/web-server (2026-11-27)
 */
export async function renderConsent(query: URLSearchParams, codes: AuthorizationCodes, now: number): Promise<Reply> {
  const problem = findProblem(query);
  if (problem !== undefined)
    return renderPage(
      400,
      html`<h1>Access blocked</h1><p>Error 400: ${problem}. The Google Ads simulator refuses the request.</p>`,
    );
  const answer = (given: Readonly<Record<string, string>>) => {
    const url = new URL(query.get('redirect_uri') ?? '');
    for (const [name, value] of Object.entries({ state: query.get('state') ?? '', ...given })) url.searchParams.set(name, value);
    return url.href;
  };
  return renderPage(
    200,
    html`<h1>Google Ads simulator</h1>
<p>The OAuth client <b>${(query.get('client_id') ?? '').slice(0, 100)}</b> asks for access to the Data Manager API.</p>
<p><a href="${answer({ code: codes.issue(query, now) })}">Allow</a> <a href="${answer({ error: 'access_denied' })}">Deny</a></p>`,
  );
}

/** Returns Google's code of the first thing that is wrong with a request for consent. */
function findProblem(query: URLSearchParams): string | undefined {
  if (!query.get('client_id')) return 'invalid_request';
  if (!isRedirectTarget(query.get('redirect_uri') ?? '')) return 'redirect_uri_mismatch';
  if (query.get('response_type') !== 'code') return 'unsupported_response_type';
  return query.get('scope')?.split(' ').includes(scope) ? undefined : 'invalid_scope';
}

/** Google redirects to https, and by http to this machine only. */
function isRedirectTarget(text: string): boolean {
  const url = URL.parse(text);
  if (url?.hash !== '') return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname));
}

const style =
  'body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem;color-scheme:light dark}a{margin-right:1rem}';

async function renderPage(status: number, main: ReturnType<typeof html>): Promise<Reply> {
  const body = html`<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Google Ads simulator</title>
<style>${style}</style><main>${main}</main></html>`;
  return { status, headers: { 'referrer-policy': 'no-referrer' }, body: String(await body) };
}
