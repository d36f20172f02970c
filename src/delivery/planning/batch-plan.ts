import type { Event } from '../../event/event.ts';
import type { Issue } from '../../event/issue.ts';
import type { AppliedRules } from '../../event/rule.ts';
import type { LogRecord, Offset } from '../../storage/log/event-log.ts';
import type { DeadLetter } from '../../storage/ports/dead-letters.ts';
import type { DeferredDelivery } from '../../storage/ports/deferred-deliveries.ts';
import type { EventOutcomeEntry, StoredOutcome } from '../../storage/ports/outcomes.ts';
import type { NewUpload } from '../../storage/ports/uploads.ts';
import type { BatchMember } from './batch-member.ts';
import type { ReceivedTimes } from './outcome-counts.ts';

/** The result of one planning step: some records are sent, the others are settled without a request. */
export interface BatchPlan {
  /** The cursor after the plan; absent for deferred deliveries. */
  readonly through?: Offset;
  readonly members: readonly BatchMember[];
  readonly skips: readonly EventOutcomeEntry[];
  readonly holds: readonly DeferredDelivery[];
  /** Deferred deliveries that stay as they are, because their group is not the group of the request. Default: none. */
  readonly left?: ReadonlySet<Offset>;
  readonly deadLetters: readonly DeadLetter[];
  /** Earlier outcomes that trusted reports change. Default: none. */
  readonly revisions?: readonly Revision[];
  /** Times of all records of the plan. */
  readonly receivedAt: ReceivedTimes;
  /** Offsets of the events whose payload the platform's schema refuses. Default: none. */
  readonly misfits?: ReadonlySet<Offset>;
  /** Offsets of the events that a server or webhook reported. Default: none. */
  readonly trusted?: ReadonlySet<Offset>;
  /** Offsets of the purchases. Default: none. */
  readonly purchases?: ReadonlySet<Offset>;
  /** The rules that applied, by event. Default: none. */
  readonly rules?: ReadonlyMap<Offset, AppliedRules>;
  /** The events that rules add for this connection. They are appended to the event log before the plan is committed. Default: none. */
  readonly also?: readonly Event[];
  /** The rows to send with the access to the account. Default: none. */
  readonly uploads?: readonly NewUpload[];
  /** Events after the cursor that were settled ahead of it, so that the cursor only passes them. */
  readonly passed?: readonly Offset[];
  /** The end of the search for trusted reports, if the plan overtakes the backlog. */
  readonly aheadThrough?: Offset;
}

/** Changes an event's outcome on this connection, because a trusted report came after a browser's report was settled. */
export interface Revision {
  /** The primary report, which has the event's outcome. */
  readonly primary: LogRecord;
  readonly stored: StoredOutcome;
  /** `requeue`: the event is decided again. `note`: the outcome stays and gets these issues. */
  readonly change: 'requeue' | { readonly note: readonly Issue[] };
}
