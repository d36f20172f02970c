import { z } from 'zod';
import type { ActivityCheckpoint, SignatureVerdict } from '../../activity/activity-checkpoint.ts';
import { parseStoredEntry } from '../../activity/activity-entry.ts';
import { activitySubjects } from '../../activity/activity-kinds.ts';
import { describeActivity } from '../../activity/describe-activity.ts';
import { type ChainRow, verifyChain } from '../../activity/verify-chain.ts';
import type { UnixMs } from '../../event/units.ts';
import type { ActivityFilter, ActivityStore } from '../../storage/ports/activity.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import type { RouteHandlers } from '../http/handler.ts';
import { decodeCursor, encodeCursor } from '../http/page-cursor.ts';
import { type Access, hasSiteRole } from '../http/site-roles.ts';
import type { activityRoutes } from './routes.ts';
import type { ActivityRow } from './schemas.ts';

export interface ActivityDeps {
  readonly store: ActivityStore;
  /** Checks a checkpoint with the keys of this gateway. */
  readonly checkCheckpoint: (checkpoint: ActivityCheckpoint) => SignatureVerdict;
}

const positionSchema = z.tuple([z.int().positive()]);
const listName = 'activity';
const rowsAtOnce = 500;

type Selection = {
  readonly since?: UnixMs | undefined;
  readonly until?: UnixMs | undefined;
  readonly site?: string | undefined;
  readonly connection?: string | undefined;
  readonly kind?: readonly string[] | undefined;
  readonly actor?: string | undefined;
};

export function createActivityHandlers({ store, checkCheckpoint }: ActivityDeps): RouteHandlers<typeof activityRoutes> {
  return {
    'GET /api/activity': async ({ limit, cursor, ...selection }, _, { access }) => {
      const position = decodeCursor(listName, positionSchema, cursor);
      if (position instanceof ApiErrorResult) return position;
      const rows = await store.listActivity(toFilter(selection, access), position?.[0], limit + 1);
      const accounts = isGatewayOwner(access) ? await store.listAccountIds() : [];
      const names = new Map(accounts.map(({ id, name }) => [id, name]));
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        rows: page.flatMap((row) => toView(row, names)),
        ...(rows.length > limit && last && { next: encodeCursor(listName, last.seq) }),
      };
    },

    'GET /api/activity/export': async (selection, _, { access, readAccess }) => {
      const first = toFilter(selection, access);
      return exportRows(store, async () => (readAccess ? filterAgain(selection, await readAccess()) : first));
    },

    'GET /api/activity/verify': async () => {
      const prefix = await store.getActivityCheckpoint();
      const checkpoint = prefix && { prefix, signature: checkCheckpoint(prefix) };
      const report = await verifyChain(readPages(store, prefix?.seq ?? 0), checkpoint);
      const isSigned = report.checkpoint === undefined || report.checkpoint.signature === 'valid';
      return { ok: report.broken === undefined && isSigned, ...report };
    },
  };
}

const isGatewayOwner = (access: Access | undefined) => access === undefined || hasSiteRole(access, undefined, 'owner');

/** Keeps to the sites that the account owns. */
function toFilter({ site, kind, ...rest }: Selection, access: Access | undefined): ActivityFilter {
  const owned = access && !isGatewayOwner(access) ? listOwned(access) : undefined;
  const sites = site === undefined ? owned : [site].filter((one) => owned?.includes(one) ?? true);
  return { ...rest, ...(kind && { kinds: kind }), ...(sites && { sites }) };
}

const listOwned = ({ sites }: Access) => sites.filter(({ role }) => role === 'owner').map(({ site }) => site);

const subjectsByKind = new Map(
  Object.entries(activitySubjects).flatMap(([subject, kinds]) => kinds.map((kind): [string, string] => [kind, subject])),
);
const changedSchema = z.array(z.string()).readonly();

function toView({ seq, entry: text, hash }: ChainRow, names: ReadonlyMap<string, string>): readonly ActivityRow[] {
  const entry = parseStoredEntry(text);
  // `verify` reports such a row.
  if (!entry) return [];
  const { at, kind, actor, site, connection } = entry;
  const subject = subjectsByKind.get(kind);
  const actorName = names.get(actor);
  const changed = changedSchema.safeParse(entry.changed).data;
  return [
    {
      seq,
      at,
      kind,
      ...(subject !== undefined && { subject }),
      text: describeActivity(entry, (id) => names.get(id) ?? id),
      actor,
      ...(actorName !== undefined && { actorName }),
      ...(site !== undefined && { site }),
      ...(connection !== undefined && { connection }),
      ...(changed && { changed }),
      hash,
    },
  ];
}

/** Reads the chain in pages. */
async function* readPages(store: Pick<ActivityStore, 'readActivity'>, after: number): AsyncGenerator<readonly ChainRow[]> {
  for (let last: number | undefined = after; last !== undefined; ) {
    const rows = await store.readActivity(last, rowsAtOnce);
    if (rows.length > 0) yield rows;
    last = rows.length < rowsAtOnce ? undefined : rows.at(-1)?.seq;
  }
}

/** Returns the filter of an account's present roles. @throws if it owns nothing any more. */
function filterAgain(selection: Selection, access: Access | undefined): ActivityFilter {
  if (!access || !(isGatewayOwner(access) || listOwned(access).length > 0))
    throw new Error('the account may no longer read the activity');
  return toFilter(selection, access);
}

/**
 * Streams entries as they are stored. A reader can compute each hash again from the line before it.
 * @param readFilter called before each page, because a download may outlast the rights of its reader; an error ends it
 */
export function exportRows(
  store: Pick<ActivityStore, 'readActivity'>,
  readFilter: () => Promise<ActivityFilter>,
): ReadableStream<Uint8Array> {
  const pages = readPages(store, 0);
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const filter = await readFilter();
      const page = await pages.next();
      if (page.done) return controller.close();
      const lines = page.value
        .filter((row) => isChosen(row, filter))
        .map(({ seq, entry, hash }) => `{"seq":${seq},"hash":"${hash}","entry":${entry}}\n`);
      controller.enqueue(Buffer.from(lines.join('')));
    },
  });
}

function isChosen(row: ChainRow, filter: ActivityFilter): boolean {
  const { since = 0, until = Number.MAX_SAFE_INTEGER, sites, connection, kinds, actor } = filter;
  return (
    row.at >= since &&
    row.at < until &&
    (sites === undefined || (row.site !== null && sites.includes(row.site))) &&
    (connection === undefined || row.entry.includes(`"connection":${JSON.stringify(connection)}`)) &&
    (kinds?.includes(row.kind) ?? true) &&
    (actor === undefined || row.actor === actor)
  );
}
