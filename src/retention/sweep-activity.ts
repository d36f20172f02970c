import { formatHead } from '../activity/activity-chain.ts';
import { checkSignature, type SigningKey, signCheckpoint } from '../activity/activity-checkpoint.ts';
import { type ChainRow, verifyChain } from '../activity/verify-chain.ts';
import { runPeriodically, type WatchClock } from '../clock/run-periodically.ts';
import { dayMs, hourMs, minuteMs } from '../event/units.ts';
import { describeError, type Logger } from '../logger.ts';
import type { ActivityStore } from '../storage/ports/activity.ts';
import type { RetentionStore } from '../storage/ports/retention.ts';
import { decideSweep } from './decide-sweep.ts';

/** The keys that sign a checkpoint. */
export interface CheckpointKeys {
  find(id: string): SigningKey | undefined;
  /** @throws ConveyError if it cannot be read or written. */
  present(): SigningKey;
}

export interface ActivitySweepDeps {
  readonly store: ActivityStore & Pick<RetentionStore, 'getLastSweep' | 'saveLastSweep'>;
  readonly keys: CheckpointKeys;
  /** Returns whether this process is the one that removes old entries. */
  readonly isElected: () => boolean;
  readonly clock: WatchClock;
  readonly logger: Logger;
}

export const keptActivityDays = 400;
const firstAfterMs = minuteMs;
const everyMs = hourMs;
const rowsAtOnce = 500;
/** The sweep of the deployment, beside those of its sites, whose ids are not empty. */
const sweepName = '';

/** Starts the daily removal of old entries. Logs the head of the chain, which is a witness outside of the database. */
export function startActivitySweeps(deps: ActivitySweepDeps): { stop(): Promise<void> } {
  const { store, isElected, clock, logger } = deps;
  const round = async () => {
    if (!isElected()) return;
    const now = clock.now();
    const last = await store.getLastSweep(sweepName);
    const lastAt = last?.suspectedAt ?? last?.at ?? 0;
    if (lastAt <= now && now - lastAt < dayMs) return;
    const head = await store.getActivityHead();
    if (head.seq > 0) logger.info({ head: formatHead(head) }, 'activity head');
    const next = decideSweep(now, last ?? { at: now });
    await store.saveLastSweep(sweepName, next);
    if (next.suspectedAt === undefined) await sweepActivity(now, deps);
  };
  return runPeriodically({
    clock,
    firstAfterMs,
    everyMs,
    round,
    onFault: (error) => logger.error({ error: describeError(error) }, 'removal of old activity failed'),
  });
}

/** Replaces the entries that are older than 400 days by a signed checkpoint. Entries that do not verify are kept. */
export async function sweepActivity(
  now: number,
  { store, keys, logger }: Pick<ActivitySweepDeps, 'keys' | 'logger'> & { readonly store: ActivityStore },
): Promise<void> {
  const last = await store.findActivityBefore(now - keptActivityDays * dayMs);
  if (!last) return;
  const prefix = await store.getActivityCheckpoint();
  const signature = prefix && checkSignature(prefix, (id) => keys.find(id));
  const report = await verifyChain(
    readUntil(store, prefix?.seq ?? 0, last.seq),
    prefix && { prefix, signature: signature ?? 'invalid' },
  );
  if (report.broken || (signature !== undefined && signature !== 'valid')) {
    logger.error({ fix: 'Run `convey activity verify`.' }, 'old activity kept: it does not verify');
    return;
  }
  const { seq, hash, at } = last;
  await store.replaceActivityPrefix(signCheckpoint({ seq, hash, at }, keys.present()));
  logger.info({ entries: report.entries }, 'old activity removed');
}

async function* readUntil(store: ActivityStore, after: number, last: number): AsyncGenerator<readonly ChainRow[]> {
  for (let seq = after; seq < last; ) {
    const rows = (await store.readActivity(seq, rowsAtOnce)).filter((row) => row.seq <= last);
    yield rows;
    seq = rows.at(-1)?.seq ?? last;
  }
}

/** Signs the checkpoint with another key, unless its signature cannot be verified. */
export async function resignCheckpoint(
  store: Pick<ActivityStore, 'getActivityCheckpoint' | 'replaceActivityPrefix'>,
  keys: Pick<CheckpointKeys, 'find'>,
  key: SigningKey,
): Promise<void> {
  const checkpoint = await store.getActivityCheckpoint();
  if (!checkpoint || checkpoint.keyId === key.id || checkSignature(checkpoint, (id) => keys.find(id)) !== 'valid') return;
  await store.replaceActivityPrefix(signCheckpoint(checkpoint, key));
}
