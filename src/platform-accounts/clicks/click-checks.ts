import { addDays } from '../../event/time-zone.ts';
import { dayMs, hourMs, minuteMs, type UnixMs } from '../../event/units.ts';
import type { PlatformGrant, PlatformGrantStore } from '../../storage/ports/platform-grants.ts';
import type { PlatformFailure } from '../account-platform.ts';
import { appMissing, type PlatformAccounts } from '../platform-accounts.ts';
import { parseClickCheck, type StoredClickCheck } from './click-check.ts';
import { type CapturedClicks, compareClicks, keptDays } from './click-comparison.ts';
import type { DownloadRows, ReportDays } from './paid-clicks.ts';

interface ClickChecksDeps {
  readonly accounts: Pick<PlatformAccounts, 'find' | 'open'>;
  readonly store: Pick<PlatformGrantStore, 'listDueClickChecks' | 'claimClickCheck' | 'saveClickCheck'>;
  readonly download: DownloadRows;
  /** Reads the click ids of one kind in the site's events since a time. `undefined` if there are more than can be compared. */
  readonly readCaptured: (site: string, kind: string, since: UnixMs) => Promise<CapturedClicks | undefined>;
  /** The time for which events are kept. */
  readonly keptMs: number;
  readonly now: () => UnixMs;
}

/** The state after a step; if it failed, the part that is kept, with the reason. */
type StepResult = { readonly state: StoredClickCheck } | { readonly kept: StoredClickCheck; readonly failure: PlatformFailure };

/** A step that takes longer is regarded as given up. */
const leaseMs = 10 * minuteMs;
/** A round ends after this time. The next one goes on. */
const roundMs = 2 * minuteMs;
const pollMs = 2 * minuteMs;
const retryMs = hourMs;
/** Reports are kept for a day at the platform. */
const reportMs = 23 * hourMs;
/** The time after midnight, in UTC, at which the platform has usually completed the day before. */
const settledMs = 4 * hourMs;

/** Compares the paid clicks of connected accounts with the captured ones, and stores the counts. */
export class ClickChecks {
  readonly #deps: ClickChecksDeps;

  constructor(deps: ClickChecksDeps) {
    this.#deps = deps;
  }

  /** Takes the steps that are due: each day the request of a report, then the reading of it. One of several gateways takes each. */
  async checkDue(isOver: () => boolean = () => false): Promise<void> {
    const { store, now } = this.#deps;
    const end = now() + roundMs;
    for (const grant of await store.listDueClickChecks(now())) {
      if (isOver() || now() >= end) return;
      if (await store.claimClickCheck(grant.id, now(), leaseMs)) await this.step(grant, isOver);
    }
  }

  /** Requests a report, or reads the requested one. If the platform gives none, the last comparison stays, with the reason. */
  async step(grant: PlatformGrant, isOver: () => boolean = () => false): Promise<StoredClickCheck> {
    const { store, now } = this.#deps;
    const before = parseClickCheck(grant.clickCheck);
    const next = await this.#advance(grant, before, isOver);
    // It is taken again after its lease.
    if (isOver() && 'failure' in next) return before;
    const state = 'failure' in next ? { ...next.kept, failure: toStored(next.failure) } : next.state;
    const dueAt =
      'failure' in next
        ? next.failure.isPassing
          ? now() + retryMs
          : findNextDue(now())
        : state.pending
          ? now() + pollMs
          : findNextDue(now());
    await store.saveClickCheck(grant.id, JSON.stringify(state), dueAt);
    return state;
  }

  async #advance(grant: PlatformGrant, before: StoredClickCheck, isOver: () => boolean): Promise<StepResult> {
    const { accounts, now, download, readCaptured, keptMs } = this.#deps;
    const fail = (failure: PlatformFailure) => ({ kept: omitPending(before), failure });
    const [account, platform] = [await accounts.open(grant, isOver), accounts.find(grant.platform)];
    if (!account || !platform || !grant.account) return fail(appMissing);
    const { pending } = before;
    if (!pending || now() >= pending.at + reportMs) {
      const days = selectDays(now(), keptMs);
      const requested = await account.requestClickReport(grant.account, days);
      if ('failure' in requested) return fail(requested.failure);
      return { state: { ...omitFailure(before), pending: { id: requested.value, ...days, at: now() } } };
    }
    const read = await account.readClickReport(grant.account, pending.id, download);
    // A report that could not be fetched for now is read later.
    if ('failure' in read) return read.failure.isPassing ? { kept: before, failure: read.failure } : fail(read.failure);
    if (read.value === 'pending') return { state: omitFailure(before) };
    if (read.value === 'failed') return fail(notMade);
    const captured = await readCaptured(grant.site, platform.clickId, Date.parse(pending.since));
    if (!captured) return fail(tooMany);
    const report = compareClicks(read.value, captured, pending, before.report?.days ?? []);
    return { state: { checkedAt: now(), report } };
  }
}

/** Returns the days up to yesterday whose events are still kept, at most 28. */
function selectDays(now: UnixMs, keptMs: number): ReportDays {
  const until = toDay(now - dayMs);
  const wholeDays = Math.floor((keptMs - (now % dayMs)) / dayMs);
  return { since: addDays(until, 1 - Math.min(keptDays, wholeDays)), until };
}

const toDay = (at: UnixMs) => new Date(at).toISOString().slice(0, 10);

const findNextDue = (now: UnixMs): UnixMs => now - (now % dayMs) + dayMs + settledMs;

function omitPending({ pending: _, ...rest }: StoredClickCheck): StoredClickCheck {
  return rest;
}

function omitFailure({ failure: _, ...rest }: StoredClickCheck): StoredClickCheck {
  return rest;
}

/** Without the members that are not stored. */
function toStored({ code, message, trackingId, isUnreached }: PlatformFailure) {
  return { code, message, ...(trackingId !== undefined && { trackingId }), ...(isUnreached && { isUnreached }) };
}

const notMade: PlatformFailure = {
  code: 'report-failed',
  message: 'The platform could not make the report. Convey requests it again within the hour.',
  isPassing: true,
};
const tooMany: PlatformFailure = {
  code: 'too-many-clicks',
  message: "The site has more clicks than Convey compares. Compare them with the platform's own reports.",
};
