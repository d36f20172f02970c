import { dayMs, hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import type { GrantAccount, PlatformGrant, PlatformGrantStore } from '../../storage/ports/platform-grants.ts';
import type { PlatformAccount, PlatformResult } from '../account-platform.ts';
import { appMissing, type PlatformAccounts } from '../platform-accounts.ts';
import { type LateGoal, parseLateGoal } from './late-goal.ts';
import { parseLateReport, type StoredLateReport } from './late-report.ts';

interface LateReportsDeps {
  readonly accounts: Pick<PlatformAccounts, 'open'>;
  readonly store: Pick<PlatformGrantStore, 'listDueLateReports' | 'claimLateReport' | 'saveLateReport'>;
  readonly now: () => UnixMs;
}

/** The weeks of a report. The platform takes a period of at most 7 days. */
const weeks = 4;
const weekMs = 7 * dayMs;
/** A report that takes longer is regarded as given up. */
const leaseMs = 5 * minuteMs;
/** The time until a failed report is repeated. */
const repeatMs = { passing: hourMs, other: 6 * hourMs } as const;

type Report = NonNullable<StoredLateReport['report']>;

/** Reads each day what became of uploaded purchases. */
export class LateReports {
  readonly #deps: LateReportsDeps;

  constructor(deps: LateReportsDeps) {
    this.#deps = deps;
  }

  /** Reads the reports that are due. One of several gateways reads each. */
  async readDue(isOver: () => boolean = () => false): Promise<void> {
    const { store, now } = this.#deps;
    for (const grant of await store.listDueLateReports(now())) {
      if (isOver()) return;
      if (await store.claimLateReport(grant.id, now(), leaseMs)) await this.read(grant, isOver);
    }
  }

  /** Reads the report of a grant's goal. If the platform gives no answer, the last report stays, with the reason. */
  async read(grant: PlatformGrant, isOver: () => boolean = () => false): Promise<StoredLateReport> {
    const { accounts, store, now } = this.#deps;
    const before = parseLateReport(grant.lateReport);
    const goal = parseLateGoal(grant.lateGoal);
    if (!goal || !grant.account) return before;
    const account = await accounts.open(grant, isOver);
    const result = account ? await readWeeks(account, grant.account, goal, now()) : { failure: appMissing };
    // It is repeated after its lease.
    if (isOver()) return before;
    const at = now();
    if ('value' in result) {
      const next = { report: result.value, readAt: at };
      await store.saveLateReport(grant.id, JSON.stringify(next), at + dayMs);
      return next;
    }
    const { code, message, trackingId, isPassing = false } = result.failure;
    const { since = at } = before.failure ?? {};
    const failure = { code, message, since, isPassing, ...(trackingId !== undefined && { trackingId }) };
    const next = { ...before, failure };
    await store.saveLateReport(grant.id, JSON.stringify(next), at + (isPassing ? repeatMs.passing : repeatMs.other));
    return next;
  }
}

async function readWeeks(
  account: PlatformAccount,
  at: GrantAccount,
  { id }: LateGoal,
  now: UnixMs,
): Promise<PlatformResult<Report>> {
  const reasons = new Map<string, number>();
  let [attributed, unattributed] = [0, 0];
  const since = now - weeks * weekMs;
  for (let week = 0; week < weeks; week += 1) {
    const from = since + week * weekMs;
    // A moment less, so that no upload counts in two periods.
    const read = await account.readUploadReport(at, id, { since: from, until: from + weekMs - 1 });
    if ('failure' in read) return read;
    attributed += read.value.attributed;
    unattributed += read.value.unattributed;
    for (const [reason, some] of read.value.reasons) reasons.set(reason, (reasons.get(reason) ?? 0) + some);
  }
  const listed = [...reasons].map(([reason, purchases]) => ({ reason, purchases }));
  return {
    value: {
      ...{ since, until: now, attributed, unattributed },
      reasons: listed.filter(({ purchases }) => purchases > 0).toSorted((one, other) => other.purchases - one.purchases),
    },
  };
}
