import type { ActivityHead } from '../../../activity/activity-chain.ts';
import type { ActivityStore } from '../../ports/activity.ts';
import type { Database } from '../../postgres/database.ts';
import type { Sql } from '../../sql/change.ts';
import { defineStatement } from '../../sql/statement.ts';
import type { ActivityInput } from '../activity-changes.ts';
import { createActivityStore, toActivityInput } from '../activity-store.ts';
import { text } from './sql.ts';

/**
 * The chain, and the only way into it. The function runs with the rights of its owner, so that a role without rights on the table can append.
 * Such a role only reports that a config file changed. A function in the first schema of its caller cannot replace one that it uses, because
 * its `search_path` is set. An account gets a random id; an earlier version that runs beside this one adds accounts without naming theirs.
 */
export const activityTables = `
  ALTER TABLE accounts ADD COLUMN id ${text} NOT NULL DEFAULT substr(replace(gen_random_uuid()::text, '-', ''), 1, 16);
  CREATE TABLE activity (seq bigint PRIMARY KEY, at bigint NOT NULL, kind ${text} NOT NULL, actor ${text} NOT NULL, site ${text},
    entry ${text} NOT NULL, hash ${text} NOT NULL);
  CREATE INDEX activity_by_at ON activity (at);
  CREATE TABLE activity_checkpoint (id integer PRIMARY KEY, seq bigint NOT NULL, hash ${text} NOT NULL, checkpoint ${text} NOT NULL);
  CREATE FUNCTION append_activity(new_at bigint, new_kind text, new_actor text, new_site text, new_entry text, OUT seq bigint, OUT hash text)
  LANGUAGE plpgsql SECURITY DEFINER AS $$
  #variable_conflict use_column
  BEGIN
    IF NOT has_table_privilege(session_user, 'activity', 'INSERT') AND (new_kind, new_actor) <> ('config-changed', 'file') THEN
      RAISE insufficient_privilege USING MESSAGE = 'permission denied for this kind of activity';
    END IF;
    PERFORM pg_advisory_xact_lock(404926588);
    SELECT ends.seq + 1, encode(sha256(convert_to(ends.hash || E'\\n' || (ends.seq + 1) || E'\\n' || new_entry, 'UTF8')), 'hex')
      INTO append_activity.seq, append_activity.hash
      FROM ((SELECT a.seq, a.hash FROM activity a ORDER BY a.seq DESC LIMIT 1) UNION ALL SELECT c.seq, c.hash FROM activity_checkpoint c
        UNION ALL SELECT 0, repeat('0', 64)) ends ORDER BY ends.seq DESC LIMIT 1;
    INSERT INTO activity (seq, at, kind, actor, site, entry, hash)
      VALUES (append_activity.seq, new_at, new_kind, new_actor, new_site, new_entry, append_activity.hash);
  END $$;
  DO $$ BEGIN
    EXECUTE format('ALTER FUNCTION append_activity(bigint, text, text, text, text) SET search_path = %I, pg_temp', current_schema);
  END $$;
  REVOKE ALL ON FUNCTION append_activity(bigint, text, text, text, text) FROM PUBLIC;
`;

const append = defineStatement<ActivityHead>('SELECT seq, hash FROM append_activity($1, $2, $3, $4, $5)');

/** Returns the statement that appends an entry to the chain. */
export function appendActivity({ at, kind, actor, site, entry }: ActivityInput) {
  return append(at, kind, actor, site, entry);
}

export function createPostgresActivity(database: Database, sql: Sql): ActivityStore {
  return {
    ...createActivityStore(sql),
    async appendActivity(entry) {
      const { rows } = await database.write(appendActivity(toActivityInput(entry)));
      const [head] = rows;
      if (!head) throw new Error('the activity was not appended');
      return head;
    },
  };
}
