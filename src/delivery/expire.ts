import type { Issue } from '../event/issue.ts';
import { isSignalName } from '../event/names.ts';
import type { UnixMs } from '../event/units.ts';
import type { EventLog, LogRecord, Offset } from '../log/log.ts';
import type { ConnectionState, DeadLetter, Delta, PumpId, Store } from '../store/store.ts';
import { asRead } from './as-read.ts';

const atOnce = 200;
const countedAtOnce = 1_000;
const pageBytes = 4 * 1024 * 1024;

/**
 * What has to be said of a connection before the log forgets up to `through`: one change of its state after another, the last of
 * which moves its cursor. Stragglers become dead letters of their own. What the cursor never came to becomes one range.
 */
export async function* expire(
  of: { readonly pump: PumpId; readonly site: string; readonly log: EventLog; readonly store: Store },
  state: ConnectionState,
  through: Offset,
  now: UnixMs,
): AsyncGenerator<Delta> {
  const { pump, site, log, store } = of;
  const open = await store.openAttempt(pump);
  if (open?.offsets.some((offset) => offset <= through))
    yield { state, settle: { id: open.id, at: now, result: 'replaced', issues: [] } };

  for (;;) {
    const late = await store.stragglersThrough(pump, through, atOnce);
    if (late.length === 0) break;
    const { records } = await asRead(await log.get(site, late), store, site);
    const deadLetters = records.flatMap((record) => letterOf(record, now));
    yield { state, removeStragglers: late, deadLetters };
  }
  if (state.cursor >= through) return;
  const events = await countEvents(of, state.cursor, through);
  const range = { after: state.cursor, through, events, at: now };
  yield { state: { ...state, cursor: through }, ...(events > 0 && { expired: range }) };
}

async function countEvents(
  { site, log, store }: { readonly site: string; readonly log: EventLog; readonly store: Store },
  after: Offset,
  through: Offset,
): Promise<number> {
  let events = 0;
  for (let at = after; at < through; ) {
    const page = await log.read(site, at, { records: countedAtOnce, bytes: pageBytes });
    const { records } = await asRead(
      page.records.filter(({ offset }) => offset <= through),
      store,
      site,
    );
    const [first, last] = [records[0], records.at(-1)];
    if (!first || !last) break;
    const copies = await store.copies(site, first.offset, last.offset);
    events += records.filter((record) => isUnsent(record) && !copies.has(record.offset)).length;
    at = last.offset;
  }
  return events;
}

function isUnsent({ key, body }: LogRecord): boolean {
  return !('redacted' in body) && !isSignalName(key);
}

function letterOf({ offset, key, body }: LogRecord, at: UnixMs): readonly DeadLetter[] {
  if ('redacted' in body) return [];
  const [eventName = '', eventId = ''] = key.split('\u001f');
  const [cause, bytes] = 'bytes' in body ? (['expired', body.bytes] as const) : (['corrupt', body.raw] as const);
  return [{ offset, cause, issues: [expiredByAge], eventName, eventId, bytes, at }];
}

const expiredByAge: Issue = {
  field: 'time',
  code: 'expired',
  message:
    'The event grew older than `retentionDays.events` before it could be delivered. Look for what kept the connection from sending; the event itself cannot be sent any more.',
};
