import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

/** A stand-in for Google's consent page, its token endpoint and the API, with one OAuth client. */
export class AuthorizationServer {
  readonly clientSecret = 'GOCSPX-canary-client-secret';
  readonly refreshToken = '1//canary-refresh-token';
  readonly accessToken = 'ya29.canary-access-token';
  /** The queries of the consent page, oldest first. */
  readonly consents: URLSearchParams[] = [];
  /** The forms that the token endpoint received, oldest first. */
  readonly exchanges: URLSearchParams[] = [];
  readonly #codes = new Map<string, URLSearchParams>();
  readonly #server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://google');
    if (pathname === '/o/oauth2/v2/auth') this.#showConsent(searchParams, response);
    else if (pathname === '/token') this.#exchange(new URLSearchParams(await text(request)), response);
    else {
      const isKnown = request.headers.authorization === `Bearer ${this.accessToken}`;
      await text(request);
      response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' });
      response.end(JSON.stringify(isKnown ? { requestId: randomUUID() } : { error: { status: 'UNAUTHENTICATED' } }));
    }
  });

  async listen(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #showConsent(query: URLSearchParams, response: ServerResponse): void {
    this.consents.push(query);
    const code = `4/${randomUUID()}`;
    this.#codes.set(code, query);
    const link = (label: string, answer: Readonly<Record<string, string>>) => {
      const url = new URL(query.get('redirect_uri') ?? '');
      url.search = new URLSearchParams({ state: query.get('state') ?? '', ...answer }).toString();
      return `<a href="${url.href.replaceAll('&', '&amp;')}">${label}</a>`;
    };
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><title>Consent</title>${link('Allow', { code })} ${link('Deny', { error: 'access_denied' })}`);
  }

  #exchange(form: URLSearchParams, response: ServerResponse): void {
    this.exchanges.push(form);
    const { status, body } = this.#judge(form);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  #judge(form: URLSearchParams): { readonly status: number; readonly body: unknown } {
    if (form.get('client_secret') !== this.clientSecret) return { status: 401, body: { error: 'invalid_client' } };
    const token = { access_token: this.accessToken, expires_in: 3_599, token_type: 'Bearer' };
    if (form.get('refresh_token') === this.refreshToken) return { status: 200, body: token };
    const consent = this.#codes.get(form.get('code') ?? '');
    this.#codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const isGenuine =
      consent?.get('code_challenge') === challenge &&
      consent.get('code_challenge_method') === 'S256' &&
      consent.get('redirect_uri') === form.get('redirect_uri') &&
      consent.get('client_id') === form.get('client_id');
    if (!isGenuine) return { status: 400, body: { error: 'invalid_grant' } };
    const scope = consent.get('scope') ?? '';
    return { status: 200, body: { ...token, scope, refresh_token: this.refreshToken } };
  }
}
