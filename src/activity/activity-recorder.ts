import { hourMs, type UnixMs } from '../event/units.ts';
import { describeError, type Logger } from '../logger.ts';
import { type ActivityEntry, activityEntrySchema, type NewActivity } from './activity-entry.ts';

/** An entry of a caller, whose actor is found by the caller's account. */
export type CallerActivity = WithoutActor<NewActivity>;
type WithoutActor<T> = T extends unknown ? Omit<T, 'actor'> : never;

/** The part of the store that records. */
export interface ActivityLog {
  appendActivity(entry: ActivityEntry): Promise<unknown>;
  listAccountIds(): Promise<readonly { readonly id: string; readonly name: string }[]>;
}

/** Records changes after they were made. It never throws: a change stays, and an entry that could not be appended is logged. */
export interface ActivityRecorder {
  record(entry: NewActivity): Promise<void>;
  /** Records an entry of an account, by its name. @param describe gets its id */
  recordAs(account: string, describe: (id: string) => CallerActivity): Promise<void>;
  /** Counts a failed sign-in. An entry of the hour has their number only. */
  countFailedSignIn(): void;
  /** Records the failed sign-ins of hours that have ended, or at a stop of the present one too. */
  flushFailedSignIns(isStopping?: boolean): Promise<void>;
}

interface RecorderDeps {
  readonly activity: ActivityLog;
  readonly now: () => UnixMs;
  readonly logger: Pick<Logger, 'error'>;
}

export function createActivityRecorder({ activity, now, logger }: RecorderDeps): ActivityRecorder {
  let failures = { hour: 0, count: 0 };
  const attempt = async (kind: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      logger.error({ kind, error: describeError(error) }, 'activity not recorded');
    }
  };
  // A member that an entry must not have is an error before it is stored.
  const append = async (entry: NewActivity) =>
    void (await activity.appendActivity(activityEntrySchema.parse({ ...entry, at: now() })));
  const record = (entry: NewActivity) => attempt(entry.kind, () => append(entry));
  const recordFailures = ({ hour, count }: typeof failures) =>
    count === 0 ? Promise.resolve() : record({ kind: 'sign-ins-failed', actor: 'gateway', hour, count });
  return {
    record,
    recordAs: (account, describe) =>
      attempt('account', async () => {
        const actor = findAccountId(await activity.listAccountIds(), account);
        await append({ ...describe(actor), actor });
      }),
    countFailedSignIn() {
      const hour = Math.floor(now() / hourMs) * hourMs;
      if (hour !== failures.hour) {
        void recordFailures(failures);
        failures = { hour, count: 0 };
      }
      failures.count += 1;
    },
    async flushFailedSignIns(isStopping = false) {
      const ended = failures;
      if (!isStopping && now() - ended.hour < hourMs) return;
      failures = { hour: 0, count: 0 };
      await recordFailures(ended);
    },
  };
}

/** The id of an account that has been removed meanwhile. */
const removedAccount = '0'.repeat(16);

/** Returns the id of an account. */
export function findAccountId(ids: readonly { readonly id: string; readonly name: string }[], name: string): string {
  return ids.find((one) => one.name === name)?.id ?? removedAccount;
}
