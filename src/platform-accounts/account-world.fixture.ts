import { createHash } from 'node:crypto';
import { newKeyText, readKey } from '../config/master-key.ts';
import type { UnixMs } from '../event/units.ts';
import { goalsLeaseId } from '../storage/ports/consumer-id.ts';
import type { Store } from '../storage/ports/store.ts';
import { GoalChecks } from './goal-checks.ts';
import { GoalMaking } from './goal-making.ts';
import { GrantSecrets } from './grant-secrets.ts';
import { LateGoals } from './late/late-goals.ts';
import { PlatformAccounts } from './platform-accounts.ts';
import { PlatformApps } from './platform-apps.ts';
import { accountPlatforms } from './platforms.ts';

/** The accounts of one gateway, at the simulator of Microsoft, whose rules come from the vendor's pages. */

export const redirectUrl = 'https://convey.example/connect-account';
export const codeVerifier = 'v'.repeat(43);
const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');
export const signIn = { site: 'shop', platform: 'microsoft', identityProvider: 'Microsoft' };
export const account = { customerId: '254610987', accountId: '180000001' };
export const tagId = '187012345';
const key = readKey(newKeyText());
const keys = {
  present: () => {
    if (!key) throw new Error('a new key can be read');
    return key;
  },
  find: () => key,
};

interface WorldDeps {
  readonly store: Store;
  /** The URL of the simulator. */
  readonly endpoint: string;
  readonly now: () => UnixMs;
  readonly newId: () => string;
  /** The gateway, as the owner of leases. */
  readonly gateway?: string;
}

const defaultApp = { clientId: 'app', clientSecret: 'app-secret', developerToken: 'dev' };

export function createAccountWorld({ store, endpoint, now, newId, gateway = 'one' }: WorldDeps, app: object = defaultApp) {
  const secrets = new GrantSecrets(store, keys);
  const apps = new PlatformApps({ file: { microsoft: { endpoint, ...app } }, store, secrets });
  const urls: string[] = [];
  const sleep = () => new Promise<void>((resolve) => setImmediate(resolve));
  const accounts = new PlatformAccounts({
    platforms: accountPlatforms,
    apps,
    store,
    secrets,
    send: async ({ method, url, headers, body }) => {
      urls.push(new URL(url).pathname);
      const response = await fetch(url, { method, headers, body }).catch(() => undefined);
      if (!response) return { failure: 'ECONNREFUSED' };
      const text = await response.text();
      return { response: { status: response.status, headers: {}, body: text, incomplete: false } };
    },
    now,
    newId,
    sleep,
  });
  const events = [{ event: 'Search', name: 'search', delivered: 3 }];
  const sent = { settings: { tagId }, events, sendsHashes: false };
  const lock = async () => {
    const lease = await store.acquireLease(goalsLeaseId, gateway, 60_000);
    return lease && { release: () => store.releaseLease(lease) };
  };
  const making = new GoalMaking({ lock, sleep });
  const goalChecks = new GoalChecks({ accounts, store, readSent: async () => sent, making, now });
  const lateGoals = new LateGoals({ accounts, store, making, now });
  /** `urls`: the paths of the requests to the platform. */
  return { accounts, apps, goalChecks, lateGoals, store, urls };
}
export type AccountWorld = ReturnType<typeof createAccountWorld>;

/** Accepts as a user on the simulator's page, and returns the code. */
export async function accept(accounts: PlatformAccounts, user: string, provider = 'Microsoft'): Promise<string> {
  const authorize = await accounts.prepare({ ...signIn, identityProvider: provider });
  const page = await fetch(authorize?.({ redirectUrl, state: 's', codeChallenge }) ?? '');
  const link = new RegExp(`href="([^"]+)">Continue as ${user}`).exec(await page.text())?.[1]?.replaceAll('&amp;', '&');
  return new URL(link ?? '').searchParams.get('code') ?? '';
}

/** Signs a user in, and returns the grant with its account. */
export async function openGrant({ accounts, store }: AccountWorld, user = 'owner@shop.example') {
  const result = await accounts.finish(signIn, { redirectUrl, codeVerifier, code: await accept(accounts, user) });
  if ('failure' in result) throw new Error(result.failure.code);
  const grant = await store.findGrant(result.value);
  const opened = grant && (await accounts.open(grant));
  if (!grant || !opened) throw new Error('no account');
  return { grant, opened };
}

/** Signs a user in, and gives the grant to the connection `bing`. */
export async function connectBing(world: AccountWorld) {
  const { grant } = await openGrant(world);
  await world.store.setGrantAccount(grant.id, account);
  await world.store.assignGrant('shop', grant.id, 'bing');
  return { ...grant, account, connection: 'bing' };
}
