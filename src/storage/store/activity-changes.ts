import { type ActivityHead, emptyHead, extendChain } from '../../activity/activity-chain.ts';
import type { ActivityCheckpoint } from '../../activity/activity-checkpoint.ts';
import { defineChanges, run, type Steps, select } from '../sql/change.ts';
import { defineStatement } from '../sql/statement.ts';

/** An entry in canonical JSON, with the columns by which it is found. */
export interface ActivityInput {
  readonly at: number;
  readonly kind: string;
  readonly actor: string;
  readonly site: string | null;
  readonly entry: string;
}

export const selectHead = defineStatement<ActivityHead>(
  `SELECT seq, hash FROM (
     SELECT * FROM (SELECT seq, hash FROM activity ORDER BY seq DESC LIMIT 1) newest
     UNION ALL SELECT seq, hash FROM activity_checkpoint
   ) ends ORDER BY seq DESC LIMIT 1`,
);
const addEntry = defineStatement(
  'INSERT INTO activity (seq, at, kind, actor, site, entry, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)',
);
const selectCheckpointSeq = defineStatement<{ readonly seq: number }>('SELECT seq FROM activity_checkpoint');
const putCheckpoint = defineStatement(
  `INSERT INTO activity_checkpoint (id, seq, hash, checkpoint) VALUES (1, $1, $2, $3)
   ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, hash = excluded.hash, checkpoint = excluded.checkpoint`,
);
const removePrefix = defineStatement('DELETE FROM activity WHERE seq <= $1');

const defineActivityChange = defineChanges('activity');
/** Runs in the writer's thread of SQLite too, so it loads no schemas. */
export const activityChanges = {
  /** SQLite's append. PostgreSQL has the function `append_activity`, which a gateway that only collects may call. */
  append: defineActivityChange('append', function* ({ at, kind, actor, site, entry }: ActivityInput): Steps<ActivityHead> {
    const [stored] = yield* select(selectHead());
    const head = extendChain(stored ?? emptyHead, entry);
    yield* run(addEntry(head.seq, at, kind, actor, site, entry, head.hash));
    return head;
  }),
  replacePrefix: defineActivityChange('replace-prefix', function* (checkpoint: ActivityCheckpoint) {
    const [stored] = yield* select(selectCheckpointSeq());
    if (stored && stored.seq > checkpoint.seq) return false;
    const { seq, hash } = checkpoint;
    yield* run(putCheckpoint(seq, hash, JSON.stringify(checkpoint)), removePrefix(seq));
    return true;
  }),
};
