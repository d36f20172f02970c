import { z } from 'zod';
import type { Issue } from '../../event/issue.ts';
import type { AccountLink, AuthorizationRequest, CodeExchange, ExchangeResult } from '../kit/account-link.ts';
import { isWebPage } from '../kit/foreign-response.ts';
import type { HttpRequest, HttpResponse } from '../kit/http-message.ts';
import { parseJsonOrUndefined } from '../kit/response-body.ts';
import { scope } from './auth.ts';
import { settingsObject } from './settings.ts';

/** The settings of the OAuth client, which are optional for a service account and needed here. */
const clientSettings = z.lazy(() => {
  const { clientId, clientSecret, tokenEndpoint, consentEndpoint } = settingsObject.unwrap().shape;
  return z.object({ clientId: clientId.unwrap(), clientSecret: clientSecret.unwrap(), tokenEndpoint, consentEndpoint });
});
type ClientSettings = z.output<typeof clientSettings>;

/**
 * Grants access to Google Ads with an OAuth client of the operator's own. Google returns a refresh token only for `access_type=offline`, and
 * after an earlier grant only with `prompt=consent`.
 * @source https://developers.google.com/identity/protocols/oauth2/web-server and /native-app (2026-11-27)
 */
export const accountLink: AccountLink<typeof clientSettings> = {
  label: 'Connect Google',
  description:
    'Grants access as a user of the Google Ads account, with an OAuth client of your own Google Cloud project. Enter its ID and secret first. A service account needs no connection: its key does not end.',
  settings: clientSettings,
  provides: ['refreshToken'],
  authorize,
  encode,
  decode,
  explainError,
};

function authorize({ clientId, consentEndpoint }: ClientSettings, request: AuthorizationRequest): string {
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: request.redirectUrl,
    response_type: 'code',
    scope,
    state: request.state,
    code_challenge: request.codeChallenge,
    code_challenge_method: 'S256',
    access_type: 'offline',
    prompt: 'consent',
  });
  return `${consentEndpoint}/o/oauth2/v2/auth?${query}`;
}

function encode({ clientId, clientSecret, tokenEndpoint }: ClientSettings, exchange: CodeExchange): HttpRequest {
  const fields = {
    grant_type: 'authorization_code',
    code: exchange.code,
    client_id: clientId,
    client_secret: clientSecret,
    redirect_uri: exchange.redirectUrl,
    code_verifier: exchange.codeVerifier,
  };
  return {
    method: 'POST',
    url: `${tokenEndpoint}/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  };
}

const grantSchema = z.lazy(() => z.object({ refresh_token: z.unknown().optional(), scope: z.string().optional() }));
const errorSchema = z.object({ error: z.string() });

/** Returns the refresh token. Google lets a user grant less than was asked for, so the scope is compared. */
function decode(response: HttpResponse): ExchangeResult {
  const { status, incomplete } = response;
  const body = incomplete || isWebPage(response) ? undefined : parseJsonOrUndefined(response.body);
  const { data: grant } = grantSchema.safeParse(body);
  if (status === 200 && grant !== undefined) {
    if (grant.scope !== undefined && !grant.scope.split(' ').includes(scope)) return { issue: scopeMissing };
    const { data: refreshToken } = settingsObject.unwrap().shape.refreshToken.unwrap().safeParse(grant.refresh_token);
    if (refreshToken === undefined) return { issue: noRefreshToken };
    return { settings: { refreshToken, credential: 'refresh-token' } };
  }
  const error = errorSchema.safeParse(body).data?.error;
  if (error === undefined) return { issue: explainStatus(status) };
  return { issue: refusals.get(error) ?? exchangeRefused };
}

function explainError(code: string): Issue {
  return code === 'access_denied' ? accessDenied : consentFailed;
}

const accessDenied: Issue = {
  field: 'settings.refreshToken',
  code: 'access_denied',
  message:
    "Access was denied on Google's page. Connect Google again and choose Allow. If the app is in testing, first add the user to its test users.",
};

const consentFailed: Issue = {
  field: 'settings.refreshToken',
  code: 'consent-failed',
  message: 'Google granted no access. Check the consent screen of the OAuth client in Google Cloud, then connect Google again.',
};

const scopeMissing: Issue = {
  field: 'settings.refreshToken',
  code: 'scope-missing',
  message:
    'The permission to send data to Google Ads was not granted. Connect Google again, and tick the permission of the Data Manager API.',
};

const noRefreshToken: Issue = {
  field: 'settings.refreshToken',
  code: 'no-refresh-token',
  message:
    'Google returned no refresh token, so access would end within an hour. Remove the app at myaccount.google.com/connections, then connect Google again.',
};

const exchangeRefused: Issue = {
  field: 'settings.refreshToken',
  code: 'exchange-refused',
  message: 'Google refused to exchange the code. Connect Google again. If it persists, create a new OAuth client.',
};

/** @source https://developers.google.com/identity/protocols/oauth2/web-server (2026-11-27): error codes of the token endpoint */
const refusals: ReadonlyMap<string, Issue> = new Map([
  [
    'invalid_client',
    {
      field: 'settings.clientSecret',
      code: 'invalid_client',
      message:
        'Google knows no such OAuth client, or its secret is wrong. Copy ID and secret from Google Cloud again, then connect Google again.',
    },
  ],
  [
    'invalid_grant',
    {
      field: 'settings.refreshToken',
      code: 'invalid_grant',
      message: 'The code of Google has expired or was used already. Connect Google again, and finish within a few minutes.',
    },
  ],
  [
    'redirect_uri_mismatch',
    {
      field: 'settings.clientId',
      code: 'redirect_uri_mismatch',
      message:
        'The OAuth client does not list the redirect address of this dashboard. Add it in Google Cloud, then connect Google again.',
    },
  ],
  [
    'unauthorized_client',
    {
      field: 'settings.clientId',
      code: 'unauthorized_client',
      message: 'The OAuth client may not use this flow. Create a client of the type Web application, then connect Google again.',
    },
  ],
]);

function explainStatus(status: number): Issue {
  return {
    field: 'settings.refreshToken',
    code: 'exchange-failed',
    message: `Google's authorization server answered ${status} without an error that Convey knows. Connect Google again in a few minutes.`,
  };
}
