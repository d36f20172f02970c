import type { ActivityRow } from '../../api/client.ts';
import { useApiQuery, useHasRole } from './queries.ts';

/** A recorded change, as charts mark it. */
export interface ActivityMark {
  readonly id: string;
  readonly at: number;
  readonly text: string;
  readonly actor: string;
}

const mostMarks = 100;

/** Sign-ins, exports and erasures change no delivery. */
const unmarkedSubjects: ReadonlySet<string | undefined> = new Set(['Sign-ins', 'Personal data', 'Accounts']);

const systemNames: Readonly<Record<string, string>> = { cli: 'Command line', gateway: 'Convey', file: 'Config file' };

/** Returns the name under which an actor is shown. */
export function nameActor({ actor, actorName }: Pick<ActivityRow, 'actor' | 'actorName'>): string {
  return actorName ?? systemNames[actor] ?? `Account ${actor.slice(0, 8)}`;
}

/**
 * Loads the changes of a site from a time on, the newest first; with a connection, those of this connection and of the whole site. An
 * account that does not own the site has none.
 */
export function useActivityMarks(site: string, since: number | undefined, connection?: string): readonly ActivityMark[] {
  const isOwner = useHasRole('owner', site);
  // A new start each hour, so that the query keeps its key.
  const from = since === undefined ? 0 : since - (since % 3_600_000);
  const { data } = useApiQuery(
    'GET /api/activity',
    { site, since: from, limit: mostMarks },
    { enabled: isOwner && since !== undefined, everyMs: 60_000, keepsPrevious: true },
  );
  return (data?.rows ?? [])
    .filter((row) => !unmarkedSubjects.has(row.subject))
    .filter((row) => connection === undefined || row.connection === undefined || row.connection === connection)
    .map(({ seq, at, text, connection: own, ...row }) => ({
      id: String(seq),
      at,
      text: own === undefined || connection !== undefined ? text : `${text} (${own})`,
      actor: nameActor(row),
    }));
}
