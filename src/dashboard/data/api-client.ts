import {
  type Access,
  ApiError,
  createApiClient,
  createReadClient,
  type Role,
  request,
  type Transport,
  timeHeader,
} from '../../api/client.ts';
import { gatewayClock } from './gateway-clock.ts';
import { isDatabaseAway, isGatewayReached, isProxyError, reachability } from './reachability.ts';

/** Sends requests to the page's own host. The header proves that no other site's page sent the request (CSRF). */
const transport: Transport = async (method, path, body) => {
  const headers = { 'convey-request': '1', ...(body !== undefined && { 'content-type': 'application/json' }) };
  // A change may take long. A read that takes longer than this has no answer.
  const signal = method === 'GET' ? { signal: AbortSignal.timeout(readTimeoutMs) } : {};
  try {
    const response = await fetch(path, { method, headers, ...(body !== undefined && { body }), ...signal });
    const text = await response.text();
    if (isProxyError(response)) throw new Error('the proxy cannot reach the gateway');
    gatewayClock.recordAnswer(response.headers.get(timeHeader));
    const answer = { status: response.status, body: text };
    // States on the page are as old as without an answer.
    if (isDatabaseAway(answer)) reachability.recordFailure(gatewayClock.now(), 'database');
    else reachability.recordAnswer();
    return answer;
  } catch {
    if (path !== accountPath && (await isGatewayReached(askAccount)))
      throw new ApiError(
        'unreachable',
        'This request got no answer, but the gateway answers others. Check the log of the gateway, and of the proxy in front of it.',
      );
    reachability.recordFailure(gatewayClock.now());
    throw new ApiError(
      'unreachable',
      'The gateway cannot be reached. Check that it is running. This page retries automatically.',
    );
  }
};

const readTimeoutMs = 30_000;
const accountPath = '/api/me';

/** Asks for the account, the smallest request that every page makes. */
const askAccount = () => fetch(accountPath, { headers: { 'convey-request': '1' }, signal: AbortSignal.timeout(5_000) });

/** Calls any route of the admin API. */
export const callApi = createApiClient(transport);
/** Calls a read-only route of the admin API. */
export const fetchApi = createReadClient(transport);

/** The signed-in account. */
export interface CurrentUser {
  readonly name: string;
  readonly role: Role;
  /** Absent unless the role is `per-site`. */
  readonly sites?: Access['sites'];
}

/** The session routes. They are not part of the admin API's route table. */
export const sessionApi = {
  /** Returns the signed-in account, or `null`. */
  async me(): Promise<CurrentUser | null> {
    try {
      return JSON.parse(await request(transport, 'GET', accountPath));
    } catch (error) {
      if (error instanceof ApiError && error.code === 'not-signed-in') return null;
      throw error;
    }
  },
  async signIn(credentials: { readonly name: string; readonly password: string }): Promise<CurrentUser> {
    return JSON.parse(await request(transport, 'POST', '/api/session', credentials));
  },
  async setUp(account: { readonly token: string; readonly name: string; readonly password: string }): Promise<CurrentUser> {
    return JSON.parse(await request(transport, 'POST', '/api/setup', account));
  },
  async acceptInvitation(account: {
    readonly token: string;
    readonly name: string;
    readonly password: string;
  }): Promise<CurrentUser> {
    return JSON.parse(await request(transport, 'POST', '/api/invitations/accept', account));
  },
  async changePassword(passwords: { readonly password: string; readonly newPassword: string }): Promise<void> {
    await request(transport, 'PUT', '/api/me/password', passwords);
  },
  async signOut(where: 'here' | 'everywhere'): Promise<void> {
    await request(transport, 'DELETE', where === 'here' ? '/api/session' : '/api/session?everywhere=1');
  },
};
