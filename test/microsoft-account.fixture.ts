import { createAccount } from './dashboard.fixture.ts';
import type { PacedGateway } from './paced-gateway.fixture.ts';

/** Calls the dashboard's API as the owner. */
export type CallDashboard = Awaited<ReturnType<typeof openDashboard>>;

/** Creates the owner's account. */
export async function openDashboard({ dashboardUrl, setupUrl }: Pick<PacedGateway, 'dashboardUrl' | 'setupUrl'>) {
  const cookie = await createAccount({ dashboard: { setupUrl } });
  const { origin } = new URL(dashboardUrl);
  return async (method: string, path: string, body?: unknown) => {
    const response = await fetch(origin + path, {
      method,
      headers: { origin, cookie: `${cookie.name}=${cookie.value}`, 'convey-request': '1', 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${text}`);
    return JSON.parse(text);
  };
}

/** Signs in on the simulator's page, and uses the account for the goals of the connection `bing` alone. */
export async function signInAtMicrosoft(call: CallDashboard, site = 'shop'): Promise<void> {
  const begun = { destination: 'microsoft', connection: 'bing', settings: {} };
  const { link, url } = await call('POST', `/api/sites/${site}/account-sign-ins`, begun);
  const page = await (await fetch(url)).text();
  const target = /href="([^"]+)">Continue as owner@shop.example/.exec(page)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const { searchParams } = new URL(target);
  await call('POST', '/api/account-links/finish', { state: searchParams.get('state'), code: searchParams.get('code') });
  const account = { customerId: '254610987', accountId: '180000001' };
  await call('POST', `/api/sites/${site}/account-links/${link}/account`, account);
}
