import type { BoundDestination } from '../../destinations/kit/destination.ts';
import type { Connection, Site } from '../../event/site.ts';
import { minuteMs, secondMs, type UnixMs } from '../../event/units.ts';
import { type EventLog, type LogRecord, type Offset, startOffset } from '../../storage/log/event-log.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import type { ApiCaller } from '../http/handler.ts';
import { hasSiteRole } from '../http/site-roles.ts';
import { toEventRows } from './event-list.ts';
import { type EventSources, isUnsent, loadOutcomes } from './outcomes.ts';
import type { EventRow, OutcomeView } from './schemas.ts';

/** Wakes up when an event of the site is stored or gets an outcome. */
export interface EventSubscription {
  /** Ends the current `wait`. */
  notify(): void;
  wait(ms: number): Promise<void>;
  end(): void;
}

export interface StreamDeps extends EventSources {
  readonly getPlatform: (connection: Connection) => BoundDestination;
  readonly now: () => UnixMs;
  readonly sites: () => readonly Site[];
  readonly watch: (site: string) => EventSubscription;
  /** Aborted when the gateway stops. */
  readonly stopping: AbortSignal;
  /** Called with errors that are answered with `internal`, and with those that end a stream. */
  readonly onFault?: (error: unknown) => void;
}

/** Limits in total, per account and per session, so that one account cannot use all streams. Callers on the socket have no account. */
const maxStreams = { all: 32, account: 16, session: 4 };
const maxOpenRows = 1_000;
const pageRecords = 200;
const pageBytes = 4 * 1024 * 1024;
const keepAliveMs = 15 * secondMs;
/** Changes within this time are sent together. */
const batchMs = 300;
/** A browser reconnects automatically, which checks its session again. */
const maxStreamMs = 10 * minuteMs;
/** Events that were received this long before a stream resumes may have changed in the meantime, so they are sent again. */
const resendMs = 5 * minuteMs;

/** Creates a function that opens event streams, within the limits. */
export function createEventStreams(
  deps: StreamDeps,
): (site: Site, after: Offset | undefined, caller: ApiCaller) => ReadableStream<Uint8Array> | ApiErrorResult<'rate-limited'> {
  const open = new Set<{ readonly openedAt: UnixMs; readonly caller: ApiCaller; readonly end: () => void }>();
  const isFull = (caller: ApiCaller) => {
    const ofSame = (member: keyof ApiCaller) =>
      caller[member] === undefined ? 0 : [...open].filter((one) => one.caller[member] === caller[member]).length;
    return open.size >= maxStreams.all || ofSame('account') >= maxStreams.account || ofSame('session') >= maxStreams.session;
  };
  return (site, after, caller) => {
    // Ends streams whose reader is too slow to reach their end.
    for (const { openedAt, end } of open) if (deps.now() - openedAt > 2 * maxStreamMs) end();
    if (isFull(caller)) return new ApiErrorResult('rate-limited');
    const subscription = deps.watch(site.id);
    const ring = () => subscription.notify();
    const stream = {
      openedAt: deps.now(),
      caller,
      end() {
        if (!open.delete(stream)) return;
        deps.stopping.removeEventListener('abort', ring);
        ring();
        subscription.end();
      },
    };
    open.add(stream);
    deps.stopping.addEventListener('abort', ring);
    const isOver = () => !open.has(stream) || deps.stopping.aborted;
    const chunks = writeEvents(site.id, after, deps, subscription, { isOver, isPermitted: () => mayRead(caller, site.id) });
    const text = new TextEncoder();
    let hasLeft = false;
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          try {
            const { value, done } = await chunks.next();
            // The reader may have left in the meantime, which closes the controller.
            if (hasLeft) return;
            if (!done) return controller.enqueue(text.encode(value));
            stream.end();
            controller.close();
          } catch (error) {
            stream.end();
            deps.onFault?.(error);
            throw error;
          }
        },
        cancel() {
          hasLeft = true;
          stream.end();
        },
      },
      { highWaterMark: 0 },
    );
  };
}

/** Returns whether the caller may still read the site: an account may have lost its role or its session since the stream began. */
async function mayRead({ readAccess }: ApiCaller, site: string): Promise<boolean> {
  if (readAccess === undefined) return true;
  const access = await readAccess();
  return access !== undefined && hasSiteRole(access, site, 'viewer');
}

/** Yields chunks of complete server-sent events. Reads on only after the previous chunk was consumed. */
async function* writeEvents(
  id: string,
  after: Offset | undefined,
  deps: StreamDeps,
  subscription: EventSubscription,
  { isOver, isPermitted }: { readonly isOver: () => boolean; readonly isPermitted: () => Promise<boolean> },
): AsyncGenerator<string, void> {
  const { log, sites, now } = deps;
  const startedAt = now();
  const findSite = () => sites().find((site) => site.id === id);
  let site = findSite();
  const head = (await log.heads()).get(id) ?? startOffset;
  // A position beyond the head is from another event log, and would delay all events until this one reaches it.
  let position = after === undefined || after > head ? head : after;
  const open = new OpenRows();
  yield 'retry: 1000\n\n';
  if (site) {
    const before = await readRecords(log, id, position);
    open.note(site, await toEventRows(site, deps, before));
    const late = after === undefined ? [] : before.filter(({ at }) => at >= startedAt - resendMs);
    const rows = await toEventRows(site, deps, late);
    if (rows.length > 0) yield rows.map((row) => formatRow(row)).join('');
  }
  for (let sentAt = now(); site && !isOver() && now() - startedAt < maxStreamMs; site = findSite()) {
    if (!(await isPermitted())) return;
    const { records, lastOffset: through } = await log.read(id, position, { records: pageRecords, bytes: pageBytes });
    position = through;
    const changed = open.changed(await loadOutcomes(site, deps, open.offsets));
    const again = await toEventRows(site, deps, changed.length > 0 ? await log.get(id, changed) : []);
    const fresh = await toEventRows(site, deps, records);
    open.note(site, [...again, ...fresh]);
    const lines = [...again.map((row) => formatRow(row)), ...fresh.map((row) => formatRow(row, row.offset))];
    if (lines.length > 0 || now() - sentAt >= keepAliveMs) {
      yield lines.join('') || ': \n\n';
      sentAt = now();
    }
    if (records.length === pageRecords) continue;
    await subscription.wait(keepAliveMs);
    if (!isOver()) await new Promise((resolve) => setTimeout(resolve, batchMs));
  }
}

/** Reads the newest records up to an offset, inclusive. */
async function readRecords(log: EventLog, id: string, position: Offset): Promise<readonly LogRecord[]> {
  if (position === startOffset) return [];
  return [...(await log.latest(id, maxOpenRows - 1, position)).records, ...(await log.get(id, [position]))];
}

/** Formats a row as a server-sent event. A repeated row has no id, so that the resume position never moves back. */
function formatRow(row: EventRow, id?: Offset): string {
  return `event: row\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(row)}\n\n`;
}

/** Rows whose outcomes may still change, with the outcomes that were sent. The oldest rows are dropped first. */
class OpenRows {
  readonly #sent = new Map<Offset, string>();

  get offsets(): readonly Offset[] {
    return [...this.#sent.keys()];
  }

  note({ connections }: Site, rows: readonly EventRow[]): void {
    const enabled = new Set(connections.filter((one) => one.enabled).map(({ id }) => id));
    for (const { offset, outcomes } of rows) {
      this.#sent.delete(offset);
      if (outcomes.some((one) => enabled.has(one.connection) && isPending(one))) this.#sent.set(offset, formatOutcomes(outcomes));
    }
    for (const offset of this.#sent.keys()) {
      if (this.#sent.size <= maxOpenRows) break;
      this.#sent.delete(offset);
    }
  }

  changed(outcomes: ReadonlyMap<Offset, readonly OutcomeView[]>): readonly Offset[] {
    return [...this.#sent]
      .filter(([offset, sent]) => formatOutcomes(outcomes.get(offset) ?? []) !== sent)
      .map(([offset]) => offset);
  }
}

function isPending({ outcome }: OutcomeView): boolean {
  return outcome === 'undelivered' || outcome === 'waiting' || outcome === 'awaiting-verdict';
}

/** Returns a comparable form of outcomes. Omits the outcomes of connections that have not processed the event. */
function formatOutcomes(outcomes: readonly OutcomeView[]): string {
  const settled = outcomes.filter((one) => !isUnsent(one));
  return settled.map(({ connection, outcome }) => `${connection} ${outcome}`).join();
}
