import type { Context, Hono } from 'hono';
import { signInPage } from '../../kit/faults.ts';
import { readBytes } from '../../kit/http/read-body.ts';
import { toHttpResponse } from '../../kit/http/reply.ts';
import { type Env, getQuery } from '../../kit/http/routes.ts';
import type { AuthorizationCodes } from '../../kit/oauth/authorization-codes.ts';
import { consumeFault, type MicrosoftFaults } from '../faults.ts';
import type { Settings } from '../settings.ts';
import { renderAuthorization } from './authorize-page.ts';
import type { Grants, IdentityProvider } from './grants.ts';
import type { OAuthClients } from './oauth-clients.ts';

export interface OAuthDeps {
  readonly settings: Settings;
  readonly faults: MicrosoftFaults;
  readonly codes: AuthorizationCodes;
  readonly clients: OAuthClients;
  readonly grants: Grants;
  readonly now: () => number;
}

/** Mounts the sign-in pages and the token servers of Microsoft and Google. */
export function mountOAuth(app: Hono<Env>, deps: OAuthDeps): void {
  const authorize = async (c: Context<Env>, provider: IdentityProvider) =>
    toHttpResponse(await renderAuthorization(new URLSearchParams(getQuery(c)), { ...deps, provider, now: deps.now() }));
  app.get('/common/oauth2/v2.0/authorize', (c) => authorize(c, 'Microsoft'));
  app.post('/common/oauth2/v2.0/token', (c) => exchangeToken(c, 'Microsoft', deps));
  app.get('/google/o/oauth2/v2/auth', (c) => authorize(c, 'Google'));
  app.post('/google/token', (c) => exchangeToken(c, 'Google', deps));
}

/** Handles a request for tokens. */
async function exchangeToken(
  c: Context<Env>,
  provider: IdentityProvider,
  { settings, faults, grants, now }: OAuthDeps,
): Promise<Response> {
  const bytes = await readBytes(c.env.incoming, settings.maxBodyBytes);
  const mode = consumeFault(faults, 'token')?.mode;
  if (mode === 'token-500') return toHttpResponse({ status: 500 });
  if (mode === 'token-html') return toHttpResponse(signInPage());
  if (mode === 'token-dead') grants.endAll();
  const request = [c.req.header('content-type') ?? '', bytes?.toString() ?? '', now()] as const;
  return toHttpResponse(provider === 'Google' ? grants.exchangeAtGoogle(...request) : grants.exchange(...request));
}
