import type { Context, MiddlewareHandler } from 'hono';
import { errorBody } from '../../errors.ts';
import type { Issue } from '../../event/issue.ts';

/** The database of the gateway, as requests see it. A gateway on SQLite has none. */
export interface DatabaseWatch {
  /** Returns whether the database was away at its last check. Costs nothing. */
  readonly isSuspect: () => boolean;
  /** Asks the database for a sign of life. Resolves within 2 s. */
  readonly answers: () => Promise<boolean>;
  /** Returns a sentence about the events that arrive meanwhile, with their number or without. */
  readonly describeIntake: (showsNumbers: boolean) => string;
}

/** The result of a change when the database is away. */
type Change = 'nothing' | 'in-doubt';

/** A request without an answer for this long makes the gateway ask the database, so that a silent line is answered within 5 s. */
const patienceMs = 2_500;

/**
 * Answers `database-away` within 5 s, instead of waiting for a database that is away. A change that has not begun is not begun; one that has
 * may still be carried out.
 */
export function guardDatabase(watch: DatabaseWatch, waitMs = patienceMs): MiddlewareHandler {
  return async (c, next) => {
    if (watch.isSuspect() && !(await watch.answers())) return sendDatabaseAway(c, watch, 'nothing');
    let isOver = false;
    const work = next().finally(() => {
      isOver = true;
    });
    while (!isOver) {
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, waitMs);
      });
      await Promise.race([work, patience]).finally(() => clearTimeout(timer));
      if (!isOver && !(await watch.answers()) && !isOver) return sendDatabaseAway(c, watch, 'in-doubt');
    }
    return undefined;
  };
}

/** Sends the error of a request that failed because the database is away. Returns `undefined` if the database answers. */
export async function findDatabaseAway(c: Context, watch: DatabaseWatch | undefined): Promise<Response | undefined> {
  return watch && !(await watch.answers()) ? sendDatabaseAway(c, watch, 'in-doubt') : undefined;
}

function sendDatabaseAway(c: Context, { describeIntake }: DatabaseWatch, change: Change): Response {
  const isRead = c.req.method === 'GET' || c.req.method === 'HEAD';
  // The numbers of the whole gateway are for the socket.
  const isSocket = c.get('host') === undefined && c.env?.account === undefined;
  const issues: readonly Issue[] = [
    ...(isRead ? [] : [{ field: 'change', code: change, message: changeTexts[change] }]),
    { field: 'events', code: 'database-away', message: describeIntake(isSocket) },
  ];
  c.header('retry-after', '5');
  return c.json({ ...errorBody('database-away'), issues }, 503);
}

const changeTexts = {
  nothing: 'Nothing was changed.',
  'in-doubt': 'The change may have been carried out: look before you repeat it.',
} as const satisfies Record<Change, string>;
