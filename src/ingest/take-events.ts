import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Event } from '../event/event.ts';
import type { Issue } from '../event/issue.ts';
import type { Site } from '../event/site.ts';
import type { UnixMs } from '../event/units.ts';
import type { EventLog, NewRecord } from '../log/log.ts';
import { type Accepted, accept, type Rejection, type Requester } from './accept.ts';
import { eventKey } from './event-key.ts';

/** What the log and the clock are to ingest. */
export interface Taking {
  readonly append: EventLog['append'];
  readonly now: () => UnixMs;
  /** Unguessable and unique, such as a UUID. */
  readonly newId: () => string;
}

/** What became of a body's events, in the documented shape of the 202 answer. `index` counts from 0 in the body's order. */
export interface Taken {
  /** Newly stored. */
  readonly accepted: number;
  /** Stored before, or earlier in the same body. */
  readonly duplicates: number;
  readonly rejected: readonly { readonly index: number; readonly id: string | null; readonly issues: readonly Issue[] }[];
  readonly warnings: readonly ({ readonly index: number } & Issue)[];
  /** One per event; null where it was rejected. */
  readonly ids: readonly (string | null)[];
}

const utf8 = new TextEncoder();

/** What is accepted before other requests have their turn, at most and to the last event. */
const perTurn = { events: 32, characters: 65_536 };

/** Rejections of one body that are kept for the debugger, at most. */
const maxKeptRejections = 20;

/**
 * Accepts the events of one body and stores those that pass in one append.
 * @throws LogUnavailable from the append: then nothing of the body may be acknowledged.
 */
export async function takeEvents(events: readonly unknown[], requester: Requester, site: Site, taking: Taking): Promise<Taken> {
  const now = taking.now();
  const results: Accepted[] = [];
  const turn = { events: 0, characters: 0 };
  for (const submission of events) {
    if (turn.events >= perTurn.events || turn.characters >= perTurn.characters) {
      // A large body must not hold up the small ones.
      await nextTurn();
      turn.events = 0;
      turn.characters = 0;
    }
    const result = accept(submission, requester, site, now, taking.newId);
    turn.events += 1;
    turn.characters += result.spent;
    results.push(result);
  }
  const records = results.flatMap((result) => ('event' in result ? [record(result.event)] : []));
  const appended = records.length === 0 ? [] : await taking.append(records);
  const duplicates = appended.filter((one) => 'duplicate' in one).length;

  const rejected = results.flatMap((result, index) => ('rejection' in result ? [{ index, rejection: result.rejection }] : []));
  keepRejections(
    rejected.map(({ rejection }) => rejection),
    requester,
    site,
    now,
    taking,
  );
  return {
    accepted: records.length - duplicates,
    duplicates,
    rejected: rejected.map(({ index, rejection }) => ({ index, id: rejection.id ?? null, issues: rejection.issues })),
    warnings: results.flatMap((result, index) =>
      'event' in result ? result.event.warnings.map((issue) => ({ index, ...issue })) : [],
    ),
    ids: results.map((result) => ('event' in result ? result.event.id : null)),
  };
}

function record(event: Event): NewRecord {
  return { partition: event.site, key: eventKey(event), bytes: utf8.encode(JSON.stringify(event)) };
}

/** For the debugger, names and codes alone. Nobody was promised them, so a failure or a flood costs nothing but them. */
function keepRejections(rejections: readonly Rejection[], requester: Requester, site: Site, now: UnixMs, taking: Taking): void {
  if (rejections.length === 0) return;
  const records = rejections.slice(0, maxKeptRejections).map(({ name, issues }) => {
    const codes = issues.map(({ field, code }) => ({ field, code }));
    const kept = {
      v: 1,
      site: site.id,
      reporter: requester.reporter,
      receivedAt: now,
      ...(name !== undefined && { name }),
      issues: codes,
    };
    return { partition: `${site.id}!rejected`, key: taking.newId(), bytes: utf8.encode(JSON.stringify(kept)) };
  });
  taking.append(records).catch(() => undefined);
}
