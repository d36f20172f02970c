import type { AccountFacts } from '../../issues/facts/facts.ts';
import { selectMoney, sumMoney } from '../../issues/facts/money.ts';
import { isUncounted, parseGoalCheck } from '../../platform-accounts/goal-check.ts';
import { lateGoalMissing } from '../../platform-accounts/late/describe-late.ts';
import { parseLateGoal } from '../../platform-accounts/late/late-goal.ts';
import { accountPlatforms } from '../../platform-accounts/platforms.ts';
import { removedUnread, uploadTooOld } from '../../storage/ports/late-orders.ts';
import type { PlatformGrant } from '../../storage/ports/platform-grants.ts';
import { parseUploadState, type StoredUploadState } from '../../storage/ports/upload-state.ts';
import type { LateSum } from '../../storage/ports/uploads.ts';

/** The refunds and late purchases that a connection sends with the access to its account. */
interface UploadFacts {
  /** Whether goals for refunds are chosen, or late purchases are on. */
  readonly isOn: boolean;
  /** Whether late purchases are on. */
  readonly isLate?: boolean;
  /** The age of a purchase up to which it is uploaded. */
  readonly maxAgeMs?: number;
  /** The late purchases that are not uploaded. Default: none. */
  readonly late?: readonly LateSum[];
  /** Their stored state. Absent before the first call. */
  readonly state?: string | undefined;
}

const accountMissing =
  'No account is connected, and refunds or late purchases need one. Connect the account, or turn them off in the settings.';

/** Returns why refunds and late purchases are not sent until a person acts. A failure that may pass is none. */
function findUnsent({ pause }: StoredUploadState): AccountFacts['unsent'] {
  if (!pause || pause.reason === 'minute' || pause.reason === 'backoff') return undefined;
  const tracking = pause.trackingId === undefined ? '' : ` Tracking id: ${pause.trackingId}.`;
  return { since: pause.since, message: `${pause.message}${tracking}` };
}

/** The answers of purchases that waited for too long. */
const lostCodes: ReadonlySet<string> = new Set([removedUnread.code, uploadTooOld.code]);

/** Returns the late purchases that wait, and those that were lost. */
function findLate({ late = [], maxAgeMs = 0 }: UploadFacts): Pick<AccountFacts, 'waiting' | 'lost'> {
  const waiting = late.filter(({ state }) => state === 'waiting');
  const lost = late.filter(({ state, code = '' }) => state === 'dead' && lostCodes.has(code));
  return {
    ...(waiting.length > 0 && {
      waiting: { ...toPurchases(waiting), losesAt: Math.min(...waiting.map(({ oldest }) => oldest)) + maxAgeMs },
    }),
    ...(lost.length > 0 && { lost: toPurchases(lost) }),
  };
}

function toPurchases(sums: readonly LateSum[]): NonNullable<AccountFacts['lost']> {
  const known = sums.flatMap(({ amount, currency }) => (currency === undefined ? [] : [{ amount, currency }]));
  const sum = sumMoney(known).filter(({ amount }) => amount !== 0);
  const money = selectMoney(sum);
  return {
    purchases: sums.reduce((all, { purchases }) => all + purchases, 0),
    money,
    ...((known.length < sums.length || money.length < sum.length) && { isPartial: true }),
  };
}

/** Returns the facts of the account that a connection uses. */
export function findAccountFacts(
  grants: readonly PlatformGrant[],
  site: string,
  connection: string,
  settings: Readonly<Record<string, unknown>> = {},
  uploads: UploadFacts = { isOn: false },
): AccountFacts | undefined {
  const grant = grants.find((one) => one.site === site && one.connection === connection);
  const late = findLate(uploads);
  if (!grant) return uploads.isOn ? { uncounted: [], unsent: { message: accountMissing }, ...late } : undefined;
  const lacksGoal = uploads.isLate === true && grant.account !== undefined && !parseLateGoal(grant.lateGoal);
  const paused = uploads.isOn ? findUnsent(parseUploadState(uploads.state)) : undefined;
  const unsent = paused ?? (lacksGoal ? { message: lateGoalMissing.message } : undefined);
  const { checkedAt, check, failure } = parseGoalCheck(grant.goalCheck, settings.tagId);
  const uncounted = (check?.events ?? []).filter(isUncounted).map(({ name, delivered }) => ({ name, events: delivered }));
  const platform = accountPlatforms.find(({ id }) => id === grant.platform);
  return {
    ...(checkedAt !== undefined && { checkedAt }),
    uncounted,
    ...late,
    ...(unsent && { unsent }),
    ...(failure?.since !== undefined && !failure.isPassing && { unchecked: { since: failure.since, message: failure.message } }),
    ...(grant.dead && {
      ended: { since: grant.dead.since, message: platform?.explainError(grant.dead.code) ?? 'Connect the account again.' },
    }),
  };
}
