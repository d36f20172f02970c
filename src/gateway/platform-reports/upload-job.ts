import { Mutex } from 'async-mutex';
import type { Delivery } from '../../delivery/delivery.ts';
import { type LateRefundRoundDeps, runLateRefundRound } from '../../delivery/uploads/late-refund-round.ts';
import { type LateConnection, runLateRound } from '../../delivery/uploads/late-round.ts';
import { runUploadRound, type UploadRoundDeps } from '../../delivery/uploads/upload-round.ts';
import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { LateChange } from '../../event/late-conversion.ts';
import { minuteMs } from '../../event/units.ts';
import { describeError, type Logger } from '../../logger.ts';
import { type LateGoal, parseLateGoal } from '../../platform-accounts/late/late-goal.ts';
import type { LateGoals } from '../../platform-accounts/late/late-goals.ts';
import type { PlatformAccounts } from '../../platform-accounts/platform-accounts.ts';
import { appMissing } from '../../platform-accounts/platform-accounts.ts';
import type { SiteRegistry } from '../../sites/site-registry.ts';
import { formatConsumerId } from '../../storage/ports/consumer-id.ts';
import type { GrantAccount, PlatformGrant } from '../../storage/ports/platform-grants.ts';
import type { Store } from '../../storage/ports/store.ts';

interface UploadJobDeps extends Pick<UploadRoundDeps, 'log' | 'now'> {
  readonly store: UploadRoundDeps['store'] & LateRefundRoundDeps['store'] & Pick<Store, 'listGrants' | 'getConnectionState'>;
  readonly accounts: Pick<PlatformAccounts, 'open'>;
  readonly lateGoals: Pick<LateGoals, 'upload'>;
  readonly registry: Pick<SiteRegistry, 'sites' | 'getPlatform'>;
  readonly delivery: Pick<Delivery, 'ownsSite' | 'findUploadSettler'>;
  /** Takes the lease of calls for a customer. `undefined` while another gateway has it. */
  readonly lockCustomer: (platform: string, customer: string) => Promise<CustomerLock | undefined>;
  readonly sleep: (ms: number) => Promise<void>;
  readonly version: string;
  readonly logger: Logger;
}

/** The lease of calls for a customer. */
interface CustomerLock {
  /** @throws LeaseLostError */
  keep(): Promise<void>;
  release(): Promise<void>;
}

/** The time for which a gateway waits until another one has made its calls. Then the next round goes on. */
const lockWait = { mostMs: 10_000, everyMs: 500 } as const;
/** A round of all connections ends after this time. The next one goes on. */
const roundMs = 2 * minuteMs;

/** Sends the due rows of the connections that this process runs, with the access to their accounts. */
export class UploadJob {
  readonly #deps: UploadJobDeps;
  /** One connection of a customer after another calls. Other gateways are kept out by the lease. */
  readonly #customers = new Map<string, Mutex>();

  constructor(deps: UploadJobDeps) {
    this.#deps = deps;
  }

  /** Sends what is due. @param isOver returns whether no further call may begin */
  async uploadDue(grants: readonly PlatformGrant[], isOver: () => boolean = () => false): Promise<void> {
    const end = this.#deps.now() + roundMs;
    for (const grant of grants) {
      if (isOver() || this.#deps.now() >= end) return;
      // A fault of one connection does not stop the others.
      await this.#upload(grant, isOver).catch((error: unknown) => {
        const { site, connection } = grant;
        if (!isOver()) this.#deps.logger.warn({ site, connection, error: describeError(error) }, 'refunds not sent');
      });
    }
  }

  async #upload(grant: PlatformGrant, isOver: () => boolean): Promise<void> {
    const { store, delivery, registry, version } = this.#deps;
    const { id, site, connection = '', account, platform, dead } = grant;
    // A dead access is an issue. The rows wait.
    if (!account || dead || !delivery.ownsSite(site)) return;
    const found = registry
      .sites()
      .find((one) => one.id === site)
      ?.connections.find((one) => one.id === connection);
    if (!found?.enabled) return;
    const { adjustments, late } = registry.getPlatform(found);
    const settle = delivery.findUploadSettler(site, connection);
    if (!settle || (!adjustments && !late)) return;
    const state = await store.getConnectionState(formatConsumerId(site, connection));
    if (state?.pause?.cause === 'operator') return;
    const by = `${id} ${account.customerId}/${account.accountId} ${version}`;
    const customer = `${platform} ${account.customerId}`;
    const mutex = this.#customers.get(customer) ?? new Mutex();
    this.#customers.set(customer, mutex);
    await mutex.runExclusive(async () => {
      const lock = await this.#awaitLock(platform, account.customerId, isOver);
      if (!lock) return;
      try {
        await this.#call(grant, { account, by, settle, adjustments, late, lock, isOver });
      } finally {
        await lock.release();
      }
    });
  }

  async #awaitLock(platform: string, customer: string, isOver: () => boolean): Promise<CustomerLock | undefined> {
    const { lockCustomer, sleep } = this.#deps;
    for (let waitedMs = 0; waitedMs < lockWait.mostMs && !isOver(); waitedMs += lockWait.everyMs) {
      const lock = await lockCustomer(platform, customer);
      if (lock) return lock;
      await sleep(lockWait.everyMs);
    }
    return undefined;
  }

  /** Makes the calls of a connection, one after another. */
  async #call(grant: PlatformGrant, { account, by, settle, adjustments, late, lock, isOver }: ConnectionCalls): Promise<void> {
    const { site, connection = '' } = grant;
    const { accounts } = this.#deps;
    const opened = await accounts.open(grant, isOver);
    const send = async (changes: Parameters<NonNullable<typeof opened>['adjustConversions']>[1]) =>
      opened
        ? lock.keep().then(() => opened.adjustConversions(account, changes))
        : { failure: { ...appMissing, pause: 'access' as const } };
    if (adjustments) while (!isOver() && (await runUploadRound({ site, connection, adjustments, by, send, settle }, this.#deps)));
    if (!late) return;
    const goal = parseLateGoal(grant.lateGoal);
    const target = { site, connection, maxAgeMs: late.maxAgeMs, by, lock };
    if (goal) while (!isOver() && (await this.#uploadLate(grant, { ...target, goal }, settle)));
    const refunds = {
      ...{ ...target, adjustAfterMs: late.adjustAfterMs, settle },
      send: async (changes: readonly LateChange[]) =>
        opened
          ? lock.keep().then(() => opened.adjustUploads(account, changes))
          : { failure: { ...appMissing, pause: 'access' as const } },
    };
    while (!isOver() && (await runLateRefundRound(refunds, this.#deps)));
  }

  /** Uploads late purchases, once the goal takes uploads. Returns whether more may be due. */
  async #uploadLate(grant: PlatformGrant, target: LateTarget, settle: Settle): Promise<boolean> {
    const { lateGoals, store, now } = this.#deps;
    if (now() < target.goal.readyAt) return false;
    return runLateRound(
      {
        ...target,
        send: (conversions) => target.lock.keep().then(() => lateGoals.upload(grant, target.goal, conversions)),
        // The orders were not delivered, so no value at the platform changes.
        settle: ({ orderIds, ...settlement }) =>
          settle({ ...settlement, orders: orderIds.map((orderId) => ({ orderId, offset: '', left: 0 })) }),
      },
      { store, now },
    );
  }
}

type Settle = NonNullable<ReturnType<Delivery['findUploadSettler']>>;
type LateTarget = Pick<LateConnection, 'site' | 'connection' | 'maxAgeMs' | 'by'> & {
  readonly goal: LateGoal;
  readonly lock: CustomerLock;
};

/** The calls of a connection, while this gateway alone calls for its customer. */
interface ConnectionCalls
  extends Record<'adjustments', BoundDestination['adjustments']>,
    Record<'late', BoundDestination['late']> {
  readonly account: GrantAccount;
  readonly by: string;
  readonly settle: Settle;
  readonly lock: CustomerLock;
  readonly isOver: () => boolean;
}
