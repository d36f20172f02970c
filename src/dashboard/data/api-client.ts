import { ApiError, createApiClient, createReadClient, type Role, request, type Transport } from '../../api/client.ts';

/** Asks this very host. The header tells the gateway that no other site's page asks in our name. */
const transport: Transport = async (method, path, body) => {
  const headers = { 'convey-request': '1', ...(body !== undefined && { 'content-type': 'application/json' }) };
  const response = await fetch(path, { method, headers, ...(body !== undefined && { body }) }).catch(() => {
    throw new ApiError('unreachable', 'The gateway cannot be reached. See that it runs; this page asks again by itself.');
  });
  return { status: response.status, body: await response.text() };
};

/** Asks for a route of the admin API, and changes something. */
export const callApi = createApiClient(transport);
/** Asks for a route that only looks. */
export const fetchApi = createReadClient(transport);

/** Who is signed in. */
export interface CurrentUser {
  readonly name: string;
  readonly role: Role;
}

/** The door's own routes, which are not of the admin API's table. */
export const session = {
  /** `null` where nobody is signed in. */
  async me(): Promise<CurrentUser | null> {
    try {
      return JSON.parse(await request(transport, 'GET', '/api/me'));
    } catch (error) {
      if (error instanceof ApiError && error.code === 'not-signed-in') return null;
      throw error;
    }
  },
  async signIn(given: { readonly name: string; readonly password: string }): Promise<CurrentUser> {
    return JSON.parse(await request(transport, 'POST', '/api/session', given));
  },
  async setUp(given: { readonly token: string; readonly name: string; readonly password: string }): Promise<CurrentUser> {
    return JSON.parse(await request(transport, 'POST', '/api/setup', given));
  },
  async signOut(where: 'here' | 'everywhere'): Promise<void> {
    await request(transport, 'DELETE', where === 'here' ? '/api/session' : '/api/session?everywhere=1');
  },
};
