import { randomBytes } from 'node:crypto';
import { sleep } from '../clock/clock.ts';
import { LeaseKeeper } from '../delivery/consumers/lease-keeper.ts';
import type { HttpSender, Sender } from '../delivery/sending/http-sender.ts';
import type { HttpRequest } from '../destinations/kit/http-message.ts';
import { dayMs, secondMs } from '../event/units.ts';
import { ClickChecks } from '../platform-accounts/clicks/click-checks.ts';
import { GoalChecks } from '../platform-accounts/goal-checks.ts';
import { GoalMaking } from '../platform-accounts/goal-making.ts';
import type { GrantSecrets } from '../platform-accounts/grant-secrets.ts';
import { LateGoals } from '../platform-accounts/late/late-goals.ts';
import { LateReports } from '../platform-accounts/late/late-reports.ts';
import { PlatformAccounts } from '../platform-accounts/platform-accounts.ts';
import { PlatformApps } from '../platform-accounts/platform-apps.ts';
import { accountPlatforms } from '../platform-accounts/platforms.ts';
import type { SiteRegistry } from '../sites/site-registry.ts';
import { customerLeaseId, goalsLeaseId } from '../storage/ports/consumer-id.ts';
import type { GatewayContext } from './gateway-context.ts';
import type { GatewayStorage } from './open-gateway-storage.ts';
import { createRowDownload } from './platform-reports/download-rows.ts';
import { createCapturedClickReader } from './platform-reports/read-captured-clicks.ts';
import { createSentEventReader } from './read-sent-events.ts';

interface PlatformAccountParts {
  readonly storage: Pick<GatewayStorage, 'store' | 'log' | 'leaseOwner'>;
  readonly registry: SiteRegistry;
  readonly grantSecrets: GrantSecrets;
  readonly sender: HttpSender;
}

/** A gateway that ended while it made goals or calls keeps the others from it for this time. */
const accountLeaseMs = 30 * secondMs;

/** Creates the access to accounts of platforms. Its state is in the store. */
export function createPlatformAccounts(
  { config, clock, now }: GatewayContext,
  { storage: { store, log, leaseOwner }, registry, grantSecrets: secrets, sender }: PlatformAccountParts,
) {
  const apps = new PlatformApps({ file: config.platformAccounts ?? {}, store, secrets });
  const send = createRequestSender(sender);
  const wait = (ms: number) => sleep(clock, ms);
  const accounts = new PlatformAccounts({
    platforms: accountPlatforms,
    apps,
    store,
    secrets,
    send,
    now,
    newId: () => randomBytes(16).toString('hex'),
    sleep: wait,
  });
  const leases = new LeaseKeeper({ store, clock, owner: leaseOwner, leaseTtlMs: accountLeaseMs });
  const making = new GoalMaking({ lock: () => leases.acquire(goalsLeaseId, () => {}), sleep: wait });
  const readSent = createSentEventReader({ registry, store, now });
  const clickChecks = new ClickChecks({
    accounts,
    store,
    download: createRowDownload(sender),
    readCaptured: createCapturedClickReader(log),
    keptMs: config.retentionDays.events * dayMs,
    now,
  });
  const goalChecks = new GoalChecks({ accounts, store, readSent, making, now });
  const lateGoals = new LateGoals({ accounts, store, making, now });
  const lateReports = new LateReports({ accounts, store, now });
  const lockCustomer = (platform: string, customer: string) => leases.acquire(customerLeaseId(platform, customer), () => {});
  return { apps, accounts, send, goalChecks, clickChecks, lateGoals, lateReports, lockCustomer, sleep: wait };
}

/** Creates the sender of requests that no delivery makes. A failure is its code. */
function createRequestSender(sender: Sender) {
  return async (request: HttpRequest) => {
    const sent = await sender.send(request);
    return 'response' in sent ? sent : { failure: 'notSent' in sent ? sent.notSent : sent.unknown };
  };
}
