import type { Site } from '../../event/site.ts';
import { minuteMs, secondMs, type UnixMs } from '../../event/units.ts';
import { type EventLog, type LogRecord, type Offset, startOffset } from '../../storage/log/event-log.ts';
import type { Store } from '../../storage/store/store.ts';
import { ApiErrorResult } from '../http/api-errors.ts';
import type { ApiCaller } from '../http/handler.ts';
import { loadOutcomes, toEventRows } from './event-queries.ts';
import type { EventRow, OutcomeView } from './schemas.ts';

/** Rings when an event of the site came, or when something became of one. */
export interface EventSubscription {
  ring(): void;
  wait(ms: number): Promise<void>;
  end(): void;
}

export interface StreamDeps {
  readonly now: () => UnixMs;
  /** Those of the config file and those of the dashboard, by now. */
  readonly sites: () => readonly Site[];
  readonly log: EventLog;
  readonly store: Store;
  readonly watch: (site: string) => EventSubscription;
  /** Aborted once the gateway stops. */
  readonly stopping: AbortSignal;
  /** Told of what an answer with `internal` stands for, and of what ended a stream before its time. */
  readonly onFault?: (error: unknown) => void;
}

/** Streams in all, per account and per session, so that no account holds all of them. Callers on the admin socket have no account. */
const mostStreams = { all: 32, account: 16, session: 4 };
const mostOpenRows = 1_000;
const pageRecords = 200;
const pageBytes = 4 * 1024 * 1024;
const pulseMs = 15 * secondMs;
/** What changes within it is told at once. */
const betweenLooksMs = 300;
/** A browser comes back by itself, with the session that it has by then. */
const longestMs = 10 * minuteMs;
/** What came so shortly before the place where a stream goes on may have changed while nobody told. */
const retoldMs = 5 * minuteMs;

/** The streams of a gateway's events: how each is opened, at most 32 at once, and 4 of one session. */
export function createEventStreams(
  parts: StreamDeps,
): (site: Site, after: Offset | undefined, caller: ApiCaller) => ReadableStream<Uint8Array> | ApiErrorResult<'rate-limited'> {
  const open = new Set<{ readonly beganAt: UnixMs; readonly caller: ApiCaller; readonly end: () => void }>();
  const isFullFor = (caller: ApiCaller) => {
    const ofSame = (member: keyof ApiCaller) =>
      caller[member] === undefined ? 0 : [...open].filter((one) => one.caller[member] === caller[member]).length;
    return open.size >= mostStreams.all || ofSame('account') >= mostStreams.account || ofSame('session') >= mostStreams.session;
  };
  return (site, after, caller) => {
    // A stream that is read ends before; whoever reads too slowly to come to its end takes no place for ever.
    for (const { beganAt, end } of open) if (parts.now() - beganAt > 2 * longestMs) end();
    if (isFullFor(caller)) return new ApiErrorResult('rate-limited');
    const watch = parts.watch(site.id);
    const ring = () => watch.ring();
    const stream = {
      beganAt: parts.now(),
      caller,
      end() {
        if (!open.delete(stream)) return;
        parts.stopping.removeEventListener('abort', ring);
        ring();
        watch.end();
      },
    };
    open.add(stream);
    parts.stopping.addEventListener('abort', ring);
    const chunks = tell(site.id, after, parts, watch, () => !open.has(stream) || parts.stopping.aborted);
    const text = new TextEncoder();
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          try {
            const { value, done } = await chunks.next();
            if (!done) return controller.enqueue(text.encode(value));
            stream.end();
            controller.close();
          } catch (error) {
            stream.end();
            parts.onFault?.(error);
            throw error;
          }
        },
        cancel: stream.end,
      },
      { highWaterMark: 0 },
    );
  };
}

/** Each chunk whole lines of server-sent events. It reads on only when the one before was taken. */
async function* tell(
  id: string,
  after: Offset | undefined,
  { log, store, sites, now }: StreamDeps,
  watch: EventSubscription,
  isOver: () => boolean,
): AsyncGenerator<string, void> {
  const beganAt = now();
  const siteNow = () => sites().find((site) => site.id === id);
  let site = siteNow();
  const head = (await log.heads()).get(id) ?? startOffset;
  // A place that the log has not come to is of another log, and nothing would be told before this one has come there.
  let place = after === undefined || after > head ? head : after;
  const open = new OpenRows();
  yield 'retry: 1000\n\n';
  if (site) {
    const before = await upTo(log, id, place);
    open.note(site, await toEventRows(site, store, before));
    const late = after === undefined ? [] : before.filter(({ at }) => at >= beganAt - retoldMs);
    const rows = await toEventRows(site, store, late);
    if (rows.length > 0) yield rows.map((row) => written(row)).join('');
  }
  for (let toldAt = now(); site && !isOver() && now() - beganAt < longestMs; site = siteNow()) {
    const { records, lastOffset: through } = await log.read(id, place, { records: pageRecords, bytes: pageBytes });
    place = through;
    const changed = open.changed(await loadOutcomes(site, store, open.offsets));
    const again = await toEventRows(site, store, changed.length > 0 ? await log.get(id, changed) : []);
    const fresh = await toEventRows(site, store, records);
    open.note(site, [...again, ...fresh]);
    const lines = [...again.map((row) => written(row)), ...fresh.map((row) => written(row, row.offset))];
    if (lines.length > 0 || now() - toldAt >= pulseMs) {
      yield lines.join('') || ': \n\n';
      toldAt = now();
    }
    if (records.length === pageRecords) continue;
    await watch.wait(pulseMs);
    if (!isOver()) await new Promise((resolve) => setTimeout(resolve, betweenLooksMs));
  }
}

/** The newest records that stand at or before a place. */
async function upTo(log: EventLog, id: string, place: Offset): Promise<readonly LogRecord[]> {
  if (place === startOffset) return [];
  return [...(await log.latest(id, mostOpenRows - 1, place)).records, ...(await log.get(id, [place]))];
}

/** A row that was told before goes without an id, so that the place where a stream goes on never moves back. */
function written(row: EventRow, id?: Offset): string {
  return `event: row\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(row)}\n\n`;
}

/** Rows that something may still become of, with what became of them when they were told. The oldest is forgotten first. */
class OpenRows {
  readonly #told = new Map<Offset, string>();

  get offsets(): readonly Offset[] {
    return [...this.#told.keys()];
  }

  note({ connections }: Site, rows: readonly EventRow[]): void {
    const enabled = new Set(connections.filter((one) => one.enabled).map(({ id }) => id));
    for (const { offset, outcomes } of rows) {
      this.#told.delete(offset);
      if (outcomes.some((one) => enabled.has(one.connection) && isOpen(one))) this.#told.set(offset, sign(outcomes));
    }
    for (const offset of this.#told.keys()) {
      if (this.#told.size <= mostOpenRows) break;
      this.#told.delete(offset);
    }
  }

  changed(outcomes: ReadonlyMap<Offset, readonly OutcomeView[]>): readonly Offset[] {
    return [...this.#told].filter(([offset, told]) => sign(outcomes.get(offset) ?? []) !== told).map(([offset]) => offset);
  }
}

function isOpen({ outcome }: OutcomeView): boolean {
  return outcome === 'undelivered' || outcome === 'waiting';
}

/** Where nothing came of it yet counts as nothing: a row whose event is gone leaves that out. */
function sign(outcomes: readonly OutcomeView[]): string {
  const told = outcomes.filter(({ outcome }) => outcome !== 'undelivered');
  return told.map(({ connection, outcome }) => `${connection} ${outcome}`).join();
}
