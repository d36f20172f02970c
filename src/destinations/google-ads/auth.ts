import { z } from 'zod';
import type { Issue } from '../../event/issue.ts';
import { hourMs, secondMs, type UnixMs } from '../../event/units.ts';
import type { HttpRequest, HttpResponse, SigningRequest, TokenVerdict } from '../kit/destination.ts';
import { isWebPage } from '../kit/foreign-response.ts';
import { parseJsonOrUndefined } from '../kit/response-body.ts';
import { parseServiceAccount } from './service-account.ts';
import type { Settings } from './settings.ts';

/** The only scope that the API takes. */
export const scope = 'https://www.googleapis.com/auth/datamanager';
const audience = 'https://oauth2.googleapis.com/token';

/**
 * Returns the request that exchanges the credential for an access token: a JWT that the service account signs, or the refresh token.
 * @source https://developers.google.com/identity/protocols/oauth2/service-account (2026-08)
 */
function encode(settings: Settings, at: UnixMs): HttpRequest | SigningRequest {
  const { credential, serviceAccount = '', clientId = '', clientSecret = '', refreshToken = '', tokenEndpoint } = settings;
  const exchange = (fields: Readonly<Record<string, string>>): HttpRequest => ({
    method: 'POST',
    url: `${tokenEndpoint}/token`,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  });
  if (credential === 'refresh-token')
    return exchange({
      grant_type: 'refresh_token',
      client_id: clientId,
      client_secret: clientSecret,
      refresh_token: refreshToken,
    });
  const account = parseServiceAccount(serviceAccount);
  const issuedAt = Math.floor(at / secondMs);
  const header = { alg: 'RS256', typ: 'JWT', ...(account?.private_key_id !== undefined && { kid: account.private_key_id }) };
  const claims = {
    iss: account?.client_email ?? '',
    scope,
    aud: audience,
    iat: issuedAt,
    exp: issuedAt + hourMs / secondMs,
  };
  const input = `${toBase64Url(header)}.${toBase64Url(claims)}`;
  return {
    sign: 'RS256',
    key: account?.private_key ?? '',
    input,
    seal: (signature) =>
      exchange({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: `${input}.${signature}` }),
  };
}

function toBase64Url(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** A header carries the token, so other characters make the answer unreadable. */
const tokenSchema = z.lazy(() =>
  z.object({ access_token: z.string().regex(/^[\x21-\x7e]+$/), expires_in: z.number().positive().max(86_400) }),
);
const errorSchema = z.lazy(() => z.object({ error: z.string(), error_description: z.string().optional().catch(undefined) }));

/** Returns the meaning of the answer. Its text is never repeated, but decides between the causes of `invalid_grant`. */
function decode(response: HttpResponse): TokenVerdict {
  const { status, headers, incomplete } = response;
  const body = incomplete || isWebPage(response) ? undefined : parseJsonOrUndefined(response.body);
  if (status === 200) {
    const { data } = tokenSchema.safeParse(body);
    if (data !== undefined) return { token: data.access_token, livesMs: data.expires_in * secondMs };
  }
  const { data: refusal } = errorSchema.safeParse(body);
  if (refusal !== undefined && (status === 400 || status === 401 || status === 403)) {
    const { error, error_description: description = '' } = refusal;
    if (error === 'invalid_grant' && /\b(?:iat|exp)\b|short-lived|reasonable timeframe/i.test(description))
      return { blocked: clockWrong };
    return { blocked: refusals.get(error) ?? credentialRefused };
  }
  const retryAfter = headers['retry-after'];
  return {
    retry: `Google gave no access token: its authorization server answered ${status}. Convey retries automatically.`,
    ...(retryAfter !== undefined && { retryAfter }),
  };
}

export const auth = { encode, decode };

const events = 'Events wait meanwhile.';

const credentialRefused: Issue = {
  field: 'settings.credential',
  code: 'credential-refused',
  message: `Google's authorization server refuses the credential. Set the service account again, or connect Google again. ${events}`,
};

const clockWrong: Issue = {
  field: 'settings.serviceAccount',
  code: 'clock-wrong',
  message: `Google refuses the time in the signed request: this machine's clock is wrong. Set the clock by NTP. ${events}`,
};

/** @source https://developers.google.com/identity/protocols/oauth2/service-account (2026-08) */
const refusals: ReadonlyMap<string, Issue> = new Map([
  [
    'invalid_grant',
    {
      field: 'settings.credential',
      code: 'invalid_grant',
      message: `Google withdrew the credential: the refresh token ended, or the service account was deleted or its key revoked. Connect Google again, or set a new key. ${events}`,
    },
  ],
  [
    'invalid_client',
    {
      field: 'settings.clientSecret',
      code: 'invalid_client',
      message: `Google knows no such OAuth client, or its secret is wrong. Copy \`clientId\` and \`clientSecret\` again. ${events}`,
    },
  ],
  [
    'unauthorized_client',
    {
      field: 'settings.clientId',
      code: 'unauthorized_client',
      message: `The OAuth client may not use this refresh token. Connect Google again with this client. ${events}`,
    },
  ],
  [
    'invalid_scope',
    {
      field: 'settings.credential',
      code: 'invalid_scope',
      message: `Google refuses the scope \`datamanager\`. Enable the Data Manager API in the credential's Google Cloud project. ${events}`,
    },
  ],
]);
