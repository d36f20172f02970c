import { randomUUID } from 'node:crypto';
import type { Reply } from '../../kit/http/reply.ts';
import type { AuthorizationCodes } from '../../kit/oauth/authorization-codes.ts';
import { type User, users } from '../customer-management/customers.ts';
import type { OAuthClients } from './oauth-clients.ts';
import { manageScope } from './scope.ts';

const accessTokenSeconds = 3_600;
/** How long a refresh token works after it was replaced (an assumption). */
const graceMs = 60_000;
/** Tokens beyond the newest of each kind are forgotten. */
const maxTokens = 1_000;

/** The service at which a user signs in. Microsoft's refresh tokens rotate, and Google's stay. */
export type IdentityProvider = 'Microsoft' | 'Google';

interface Grant {
  readonly user: User;
  readonly provider: IdentityProvider;
  readonly clientId: string;
  readonly redirectUri: string;
  isDead: boolean;
}

interface IssuedToken {
  readonly grant: Grant;
  /** Milliseconds since 1970; undefined while it has no end. */
  expiresAt: number | undefined;
}

interface TokenServer {
  readonly codes: AuthorizationCodes;
  readonly clients: OAuthClients;
}

/** The grants of users and their tokens. */
export class Grants {
  readonly #server: TokenServer;
  readonly #access = new Map<string, IssuedToken>();
  readonly #refresh = new Map<string, IssuedToken>();
  #last = 0;

  constructor(server: TokenServer) {
    this.#server = server;
  }

  /** The number of answers that gave tokens. */
  get count(): number {
    return this.#last;
  }

  /**
   * Answers `POST /common/oauth2/v2.0/token`.
   * @source https://learn.microsoft.com/en-us/advertising/guides/authentication-oauth-get-tokens (2026-08-17)
   */
  exchange(contentType: string, body: string, now: number): Reply {
    if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType))
      return refuse('invalid_request', 'AADSTS900144: The request body must be a form.');
    const form = new URLSearchParams(body);
    if (!form.get('scope')?.split(' ').includes(manageScope))
      return refuse('invalid_scope', 'AADSTS70011: The scope is not valid.');
    switch (form.get('grant_type')) {
      case 'authorization_code':
        return this.#redeemCode(form, now, 'Microsoft');
      case 'refresh_token':
        return this.#refreshGrant(form, now, 'Microsoft');
      default:
        return refuse('unsupported_grant_type', 'AADSTS70003: The grant type is not supported.');
    }
  }

  /**
   * Answers `POST /google/token`, which takes no scope. A code gives a refresh token once, and a refresh gives none.
   * @source https://learn.microsoft.com/en-us/advertising/guides/authentication-oauth-get-tokens (2026-08-17)
   */
  exchangeAtGoogle(contentType: string, body: string, now: number): Reply {
    if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(contentType))
      return refuseAs('Google', 'invalid_request', 'The request body must be a form.');
    const form = new URLSearchParams(body);
    switch (form.get('grant_type')) {
      case 'authorization_code':
        return this.#redeemCode(form, now, 'Google');
      case 'refresh_token':
        return this.#refreshGrant(form, now, 'Google');
      default:
        return refuseAs('Google', 'unsupported_grant_type', 'The grant type is not supported.');
    }
  }

  /** Returns the user of a bearer token, or why there is none. A token counts with the provider that gave it. */
  authenticate(authorization: string, provider: string, now: number): User | 'expired' | 'unknown' | 'mismatch' {
    const issued = this.#access.get(/^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '');
    if (issued === undefined) return 'unknown';
    if (issued.grant.provider !== provider) return 'mismatch';
    return isOver(issued, now) ? 'expired' : issued.grant.user;
  }

  /** Ends every grant: no refresh token works any more. */
  endAll(): void {
    for (const { grant } of this.#refresh.values()) grant.isDead = true;
  }

  #redeemCode(form: URLSearchParams, now: number, provider: IdentityProvider): Reply {
    const { clients, codes } = this.#server;
    const redirectUri = form.get('redirect_uri') ?? '';
    const problem = clients.refuse(form, redirectUri);
    if (problem !== undefined) return refuseAs(provider, problem.error, problem.description);
    const consent = codes.redeem(form, now);
    const user = users.find(({ id }) => id === consent?.get('user'));
    if (consent?.get('provider') !== provider || user === undefined)
      return refuseAs(provider, 'invalid_grant', 'AADSTS70008: The provided authorization code is invalid or has expired.');
    const grant = { user, provider, clientId: form.get('client_id') ?? '', redirectUri, isDead: false };
    const isOffline =
      provider === 'Google'
        ? consent.get('access_type') === 'offline'
        : consent.get('scope')?.split(' ').includes('offline_access');
    return this.#issue(grant, now, isOffline ?? false);
  }

  #refreshGrant(form: URLSearchParams, now: number, provider: IdentityProvider): Reply {
    const issued = this.#refresh.get(form.get('refresh_token') ?? '');
    const problem = this.#server.clients.refuse(form, issued?.grant.redirectUri ?? '');
    if (problem !== undefined) return refuseAs(provider, problem.error, problem.description);
    const { grant } = issued ?? {};
    const isOwn = grant?.provider === provider && grant.clientId === form.get('client_id');
    if (issued === undefined || !isOwn || issued.grant.isDead || isOver(issued, now))
      return refuseAs(provider, 'invalid_grant', 'AADSTS70000: The refresh token has expired or access was revoked.');
    if (provider === 'Google') return this.#issue(issued.grant, now, false);
    issued.expiresAt ??= now + graceMs;
    return this.#issue(issued.grant, now, true);
  }

  #issue(grant: Grant, now: number, hasRefresh: boolean): Reply {
    this.#last += 1;
    const accessToken = `sim-access-${this.#last}-${randomUUID()}`;
    const refreshToken = `sim-refresh-${this.#last}-${randomUUID()}`;
    keep(this.#access, accessToken, { grant, expiresAt: now + accessTokenSeconds * 1_000 });
    if (hasRefresh) keep(this.#refresh, refreshToken, { grant, expiresAt: undefined });
    return {
      status: 200,
      body: {
        token_type: 'Bearer',
        scope: grant.provider === 'Google' ? 'openid profile email' : manageScope,
        expires_in: accessTokenSeconds,
        ...(grant.provider === 'Microsoft' && { ext_expires_in: accessTokenSeconds }),
        access_token: accessToken,
        ...(hasRefresh && { refresh_token: refreshToken }),
      },
    };
  }
}

const isOver = ({ expiresAt }: IssuedToken, now: number): boolean => expiresAt !== undefined && expiresAt <= now;

function keep(tokens: Map<string, IssuedToken>, token: string, issued: IssuedToken): void {
  tokens.set(token, issued);
  const [oldest] = tokens.keys();
  if (tokens.size > maxTokens && oldest !== undefined) tokens.delete(oldest);
}

/** Returns a failure of Microsoft's token server. */
export function refuse(error: string, description: string): Reply {
  const [, code = '0'] = /^AADSTS(\d+)/.exec(description) ?? [];
  return {
    status: 400,
    body: {
      error,
      error_description: description,
      error_codes: [Number(code)],
      trace_id: randomUUID(),
      correlation_id: randomUUID(),
    },
  };
}

/** Returns a failure in the form of a service. */
function refuseAs(provider: IdentityProvider, error: string, description: string): Reply {
  if (provider === 'Microsoft') return refuse(error, description);
  return { status: error === 'invalid_client' ? 401 : 400, body: { error, error_description: 'Bad Request' } };
}
