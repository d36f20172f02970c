import { z } from 'zod';
import type { AuthorizationRequest, CodeExchange } from '../../destinations/kit/account-link.ts';
import type { HttpRequest, HttpResponse } from '../../destinations/kit/http-message.ts';
import { parseJsonOrUndefined } from '../../destinations/kit/response-body.ts';
import { secondMs } from '../../event/units.ts';
import type { TokenAnswer } from '../token-answer.ts';
import type { MicrosoftEndpoints } from './endpoints.ts';
import { explainSignInError } from './sign-in-errors.ts';

/**
 * Signs an operator in to Microsoft Advertising, by OAuth 2.0 with an authorization code and PKCE.
 * @source https://learn.microsoft.com/en-us/advertising/guides/authentication-oauth-consent?view=bingads-13 and
 * /authentication-oauth-get-tokens (2026-08-17)
 */

/** The identity providers with which Microsoft Advertising signs users in. Google since March 2026. */
export const identityProviders = ['Microsoft', 'Google'] as const;
export type IdentityProvider = (typeof identityProviders)[number];

/** Returns a stored or requested provider. An unknown one counts as the usual one. */
export function toIdentityProvider(text: string): IdentityProvider {
  return identityProviders.find((one) => one === text) ?? 'Microsoft';
}

/** The app that the operator registered. A public client has no secret, and Microsoft refuses one from it. */
export interface SignInClient {
  readonly clientId: string;
  readonly clientSecret?: string | undefined;
}

/** The only scope that the API takes. */
export const manageScope = 'https://ads.microsoft.com/msads.manage';

const formHeaders = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };

/** Returns the address of the page on which the operator signs in and consents. */
export function authorizeMicrosoft(
  { clientId }: SignInClient,
  provider: IdentityProvider,
  endpoints: MicrosoftEndpoints,
  { redirectUrl, state, codeChallenge }: AuthorizationRequest,
): string {
  const common = {
    client_id: clientId,
    response_type: 'code',
    redirect_uri: redirectUrl,
    state,
    code_challenge: codeChallenge,
    code_challenge_method: 'S256',
  };
  const query =
    provider === 'Google'
      ? { ...common, scope: 'profile email', access_type: 'offline', prompt: 'consent' }
      : { ...common, scope: `openid offline_access ${manageScope}`, response_mode: 'query', prompt: 'select_account' };
  return `${getEndpoints(provider, endpoints).authorize}?${new URLSearchParams(query)}`;
}

/** Returns the request that exchanges the code for tokens. */
export function encodeCodeExchange(
  client: SignInClient,
  provider: IdentityProvider,
  endpoints: MicrosoftEndpoints,
  { code, redirectUrl, codeVerifier }: CodeExchange,
): HttpRequest {
  const fields = { grant_type: 'authorization_code', code, redirect_uri: redirectUrl, code_verifier: codeVerifier };
  return encodeTokenRequest(client, provider, endpoints, fields);
}

/** Returns the request that refreshes the tokens. */
export function encodeRefresh(
  client: SignInClient,
  provider: IdentityProvider,
  endpoints: MicrosoftEndpoints,
  refreshToken: string,
): HttpRequest {
  return encodeTokenRequest(client, provider, endpoints, { grant_type: 'refresh_token', refresh_token: refreshToken });
}

function encodeTokenRequest(
  { clientId, clientSecret }: SignInClient,
  provider: IdentityProvider,
  endpoints: MicrosoftEndpoints,
  fields: Readonly<Record<string, string>>,
): HttpRequest {
  const body = {
    client_id: clientId,
    ...(clientSecret !== undefined && { client_secret: clientSecret }),
    ...(provider === 'Microsoft' && { scope: `${manageScope} offline_access` }),
    ...fields,
  };
  return {
    method: 'POST',
    url: getEndpoints(provider, endpoints).token,
    headers: formHeaders,
    body: new URLSearchParams(body).toString(),
  };
}

function getEndpoints(provider: IdentityProvider, { microsoft, google }: MicrosoftEndpoints) {
  return provider === 'Google' ? google : microsoft;
}

/** A header carries the access token, so other characters make the answer unreadable. */
const token = z.string().regex(/^[\x21-\x7e]{1,8192}$/);
const tokensSchema = z.lazy(() =>
  z.object({
    access_token: token,
    expires_in: z.coerce.number().positive().max(86_400),
    scope: z.string().optional().catch(undefined),
  }),
);
/** The new refresh token, which counts whatever else an answer has. */
const renewedSchema = z.lazy(() =>
  z.object({ refresh_token: token }).transform(({ refresh_token }) => ({ refreshToken: refresh_token })),
);
const errorSchema = z.lazy(() =>
  z.object({
    error: z.string(),
    error_description: z.string().optional().catch(undefined),
    error_codes: z.array(z.coerce.number()).optional().catch(undefined),
  }),
);

/**
 * Returns the meaning of an answer to an exchange or to a refresh, of which no text is repeated. Google's answer to a refresh has no new
 * refresh token: the old one stays.
 */
export function decodeMicrosoftTokens(provider: IdentityProvider, response: HttpResponse): TokenAnswer {
  const { status, incomplete } = response;
  const body = incomplete ? undefined : parseJsonOrUndefined(response.body);
  if (status === 200) {
    const { data } = tokensSchema.safeParse(body);
    const renewed = renewedSchema.safeParse(body).data ?? {};
    if (data === undefined) return { retry: signInUnreadable, ...renewed };
    const scopes = (data.scope ?? '').split(' ').filter((scope) => scope !== '');
    if (provider === 'Microsoft' && data.scope !== undefined && !scopes.includes(manageScope))
      return { refused: { code: 'scope-missing', message: explainSignInError('scope-missing'), isFinal: true }, ...renewed };
    return {
      tokens: {
        accessToken: data.access_token,
        ...renewed,
        livesMs: data.expires_in * secondMs,
      },
      scopes,
    };
  }
  const { data: refusal } = errorSchema.safeParse(body);
  if (refusal === undefined || status >= 500 || status === 429) return { retry: signInUnavailable };
  const code = readSignInCode(refusal);
  return { refused: { code, message: explainSignInError(code), isFinal: finalErrors.has(refusal.error) } };
}

/** The errors that a person has to sign in for. */
const finalErrors: ReadonlySet<string> = new Set(['invalid_grant', 'interaction_required', 'consent_required', 'login_required']);

/** Returns the number of Entra ID, such as `AADSTS50011`, or the code of OAuth. */
export function readSignInCode({
  error,
  error_description: text = '',
  error_codes: numbers = [],
}: z.output<typeof errorSchema>): string {
  const [number] = numbers;
  const named = number !== undefined ? `AADSTS${number}` : /^AADSTS\d{4,7}\b/.exec(text)?.[0];
  return named !== undefined && explainsSignIn(named) ? named : toCode(error);
}

const toCode = (error: string) => (/^[\w-]{1,64}$/.test(error) ? error : 'refused');
const explainsSignIn = (code: string) => explainSignInError(code) !== explainSignInError('');

const signInUnreadable =
  'The sign-in service sent an answer without a usable access token. Try again. If it persists, check that no proxy changes the answers.';
const signInUnavailable = 'The sign-in service gave no access token and no reason. Try again.';
