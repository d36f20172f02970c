import { denialCodes } from '../../event/denial-codes.ts';
import { isTrusted } from '../../event/event.ts';
import { parseEventKey } from '../../event/event-key.ts';
import type { Issue } from '../../event/issue.ts';
import type { EventLog, LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { ConsumerId } from '../../storage/ports/consumer-id.ts';
import { isSentOutcome, type StoredOutcome } from '../../storage/ports/outcomes.ts';
import type { Store } from '../../storage/ports/store.ts';
import type { Revision } from './batch-plan.ts';
import { decide } from './decide.ts';
import type { DecisionContext } from './decision.ts';
import { loadPrimaryEvents } from './load-events.ts';
import type { LoadedEvent } from './loaded-event.ts';

/** An event that a browser reported first, with all its reports and its current outcome. */
export interface RevisableEvent {
  readonly event: LoadedEvent;
  /** Absent if the connection has not settled the event. */
  readonly known?: StoredOutcome;
  /** The contradiction between the shop's totals and those of the browser's report, if that report was sent alone. */
  readonly claim?: Issue;
}

export interface RevisionDeps {
  readonly consumer: ConsumerId;
  readonly site: string;
  readonly log: EventLog;
  readonly store: Store;
}

/** The store reads up to 64 offsets one by one, and more as one range, which may be long here. */
const outcomesAtOnce = 50;

/** Returns the events that a browser reported before the trusted reports in `found`, keyed by their primary report. */
export async function loadEarlierReports(
  found: readonly LoadedEvent[],
  sources: RevisionDeps,
): Promise<ReadonlyMap<Offset, RevisableEvent>> {
  const primaries = found.flatMap(({ record, primary: first }) =>
    first !== undefined && isTrustedRecord(record) && 'bytes' in record.body ? [first] : [],
  );
  return loadRevisableEvents(primaries, sources);
}

/** Loads the events of primary reports whose trusted duplicates are known. */
export async function loadRevisableEvents(
  primaries: readonly Offset[],
  { consumer, site, log, store }: RevisionDeps,
): Promise<ReadonlyMap<Offset, RevisableEvent>> {
  if (primaries.length === 0) return new Map();
  const records = await log.get(site, [...new Set(primaries)]);
  const events = await loadPrimaryEvents(
    log,
    store,
    site,
    records.filter((record) => !isTrustedRecord(record)),
  );
  const revisable = new Map<Offset, RevisableEvent>();
  for (let from = 0; from < events.length; from += outcomesAtOnce) {
    const some = events.slice(from, from + outcomesAtOnce);
    const outcomes = await store.getOutcomes(
      consumer,
      some.map(({ record }) => record.offset),
    );
    for (const event of some) {
      const known = outcomes.get(event.record.offset);
      const claim = known && (await findClaim(event, known, { consumer, store }));
      revisable.set(event.record.offset, { event, ...(known && { known }), ...(claim && { claim }) });
    }
  }
  return revisable;
}

/** Returns the mismatch if the browser's report was sent without one of the shop: before the shop's, or because those got no consent. */
async function findClaim(
  { record, claim }: LoadedEvent,
  { outcome, issues }: StoredOutcome,
  { consumer, store }: Pick<RevisionDeps, 'consumer' | 'store'>,
): Promise<Issue | undefined> {
  if (!claim || !isSentOutcome(outcome)) return undefined;
  if (issues.some(({ code }) => code === 'report-not-confirmed')) return claim.mismatch;
  const sent = (await store.listAttempts(consumer, record.offset)).at(-1);
  return sent && sent.startedAt <= claim.shopAt ? claim.mismatch : undefined;
}

/**
 * Decides how a trusted report changes an event that already had an outcome. An undelivered event is requeued if it would be
 * sent now. A delivered event stays delivered, because it must not be sent twice.
 */
export function reviseEvent({ event, known, claim }: RevisableEvent, context: DecisionContext): Revision | undefined {
  if (!known || known.isRetired || known.outcome === 'waiting') return undefined;
  const first = event.record;
  const isNew = ({ code }: Issue) => !known.issues.some((issue) => issue.code === code);
  if (isSentOutcome(known.outcome)) {
    const claimed = claim && createClaimedIssue(claim);
    return claimed && isNew(claimed) ? { primary: first, stored: known, change: { note: [claimed] } } : undefined;
  }
  const decision = decide(event, context);
  if ('member' in decision || 'hold' in decision) return { primary: first, stored: known, change: 'requeue' };
  const note = event.issues.filter((issue) => denialCodes.has(issue.code) && isNew(issue));
  return note.length > 0 && 'skip' in decision ? { primary: first, stored: known, change: { note } } : undefined;
}

/** Returns the issues of the trusted report itself. */
export function getRevisionIssues({ change }: Revision): readonly Issue[] {
  if (change === 'requeue') return [];
  return change.note.map((issue) => (issue.code === 'claimed' ? { ...issue, code: 'totals-differ' } : issue));
}

function createClaimedIssue({ field }: Issue): Issue {
  const message =
    "The event was delivered with a browser's total, and the shop's later report has another one. It is not sent again. Report the same total from the page and the server, use unguessable event ids, and set the site's `purchases` to `confirmed`.";
  return { field, code: 'claimed', message };
}

/** Reads the source from the key, which outlives the body. */
function isTrustedRecord({ key }: LogRecord): boolean {
  const { reporter } = parseEventKey(key);
  return reporter !== undefined && isTrusted({ reporter });
}
