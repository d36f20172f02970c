import { html } from 'hono/html';
import type { Reply } from '../../kit/http/reply.ts';
import type { AuthorizationCodes } from '../../kit/oauth/authorization-codes.ts';
import { createAnswerUrl, isRedirectTarget, renderConsentPage } from '../../kit/oauth/consent-page.ts';
import { users } from '../customer-management/customers.ts';
import type { IdentityProvider } from './grants.ts';
import type { OAuthClients } from './oauth-clients.ts';
import { manageScope } from './scope.ts';

const title = 'Microsoft sign-in simulator';

interface AuthorizationContext {
  readonly provider: IdentityProvider;
  readonly codes: AuthorizationCodes;
  readonly clients: OAuthClients;
  readonly now: number;
}

/**
 * Answers `GET /common/oauth2/v2.0/authorize`, or Google's `GET /o/oauth2/v2/auth`: a page on which one of two users allows access, or access
 * is denied.
 * @source https://learn.microsoft.com/en-us/advertising/guides/authentication-oauth-consent (2026-08-17)
 */
export async function renderAuthorization(
  query: URLSearchParams,
  { provider, codes, clients, now }: AuthorizationContext,
): Promise<Reply> {
  const problem = provider === 'Google' ? findGoogleProblem(query, clients) : findProblem(query, clients);
  if (problem !== undefined)
    return renderConsentPage(400, title, html`<h1>Sign-in failed</h1><p>${problem} The simulator refuses the request.</p>`);
  const allow = (userId: string): string => {
    const consent = new URLSearchParams(query);
    consent.set('user', userId);
    consent.set('provider', provider);
    return createAnswerUrl(query, { code: codes.issue(consent, now) });
  };
  const deny = createAnswerUrl(query, {
    error: 'access_denied',
    error_description: 'AADSTS65004: The user has denied access to the scope requested by the client application.',
  });
  return renderConsentPage(
    200,
    title,
    html`<h1>Sign in to Microsoft Advertising${provider === 'Google' ? ' with Google' : ''}</h1>
<p>The app <b>${(query.get('client_id') ?? '').slice(0, 100)}</b> asks for access to your Microsoft Advertising accounts. This is the simulator: both users are invented.</p>
<ul>${users.map(({ id, userName, label }) => html`<li><a href="${allow(id)}">Continue as ${userName}</a> <br><small>${label}</small></li>`)}</ul>
<p><a href="${deny}">Deny</a></p>`,
  );
}

/** Returns the first thing that is wrong with a request for consent. */
function findProblem(query: URLSearchParams, clients: OAuthClients): string | undefined {
  const clientId = query.get('client_id') ?? '';
  if (!clientId) return 'AADSTS900144: The request body must contain the parameter client_id.';
  if (!clients.knows(clientId)) return 'AADSTS700016: The application was not found in the directory.';
  if (!isRedirectTarget(query.get('redirect_uri') ?? ''))
    return 'AADSTS50011: The redirect URI does not match the redirect URIs configured for the application.';
  if (query.get('response_type') !== 'code') return 'AADSTS700054: The response_type is not enabled for the application.';
  if ((query.get('response_mode') ?? 'query') !== 'query')
    return 'AADSTS90023: The simulator supports the response_mode query only.';
  if (!query.get('scope')?.split(' ').includes(manageScope)) return 'AADSTS70011: The scope is not valid.';
  if (query.has('code_challenge') && query.get('code_challenge_method') !== 'S256')
    return 'AADSTS501481: The simulator supports the code_challenge_method S256 only.';
  return undefined;
}

/** Returns Google's code of the first thing that is wrong with a request for consent. */
function findGoogleProblem(query: URLSearchParams, clients: OAuthClients): string | undefined {
  if (!clients.knows(query.get('client_id') ?? '')) return 'Error 401: invalid_client.';
  if (!isRedirectTarget(query.get('redirect_uri') ?? '')) return 'Error 400: redirect_uri_mismatch.';
  if (query.get('response_type') !== 'code') return 'Error 400: unsupported_response_type.';
  return query.get('scope')?.split(' ').includes('email') ? undefined : 'Error 400: invalid_scope.';
}
