import type { Offset } from '../log/log.ts';
import type { ConnectionState, OpenAttempt, PumpId, Store } from '../store/store.ts';
import type { RefusedContent } from './settle.ts';

/** Reads what is known of a blocked request from the attempts before it, so that a restart forgets nothing. */
export async function readRefusedContent(
  store: Pick<Store, 'attempts'>,
  pump: PumpId,
  { id }: Pick<OpenAttempt, 'id'>,
  first: Offset,
  { takenAt }: Pick<ConnectionState, 'takenAt'>,
): Promise<RefusedContent> {
  const attempts = await store.attempts(pump, first);
  const blocked = attempts.filter((attempt) => attempt.id !== id && attempt.settled?.result === 'blocked');
  const since = Math.min(...blocked.map(({ startedAt }) => startedAt));
  return { isAgain: blocked.length > 0, isOtherTaken: takenAt !== undefined && takenAt >= since };
}
