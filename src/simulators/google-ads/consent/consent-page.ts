import { html } from 'hono/html';
import type { Reply } from '../../kit/http/reply.ts';
import type { AuthorizationCodes } from '../../kit/oauth/authorization-codes.ts';
import { createAnswerUrl, isRedirectTarget, renderConsentPage } from '../../kit/oauth/consent-page.ts';

const scope = 'https://www.googleapis.com/auth/datamanager';

/**
 * Answers `GET /o/oauth2/v2/auth`: a page on which access is allowed or denied. Every client is known.
 * @source https://developers.google.com/identity/protocols/oauth2/web-server (2026-11-27)
 */
export async function renderConsent(query: URLSearchParams, codes: AuthorizationCodes, now: number): Promise<Reply> {
  const problem = findProblem(query);
  const title = 'Google Ads simulator';
  if (problem !== undefined)
    return renderConsentPage(
      400,
      title,
      html`<h1>Access blocked</h1><p>Error 400: ${problem}. The Google Ads simulator refuses the request.</p>`,
    );
  return renderConsentPage(
    200,
    title,
    html`<h1>Google Ads simulator</h1>
<p>The OAuth client <b>${(query.get('client_id') ?? '').slice(0, 100)}</b> asks for access to the Data Manager API.</p>
<p><a href="${createAnswerUrl(query, { code: codes.issue(query, now) })}">Allow</a> <a href="${createAnswerUrl(query, { error: 'access_denied' })}">Deny</a></p>`,
  );
}

/** Returns Google's code of the first thing that is wrong with a request for consent. */
function findProblem(query: URLSearchParams): string | undefined {
  if (!query.get('client_id')) return 'invalid_request';
  if (!isRedirectTarget(query.get('redirect_uri') ?? '')) return 'redirect_uri_mismatch';
  if (query.get('response_type') !== 'code') return 'unsupported_response_type';
  return query.get('scope')?.split(' ').includes(scope) ? undefined : 'invalid_scope';
}
