import { checkReceived, type UploadResult } from '../../destinations/kit/why-not.ts';
import { isAdjustedOutcome } from '../../event/adjusted-outcomes.ts';
import type { Consent } from '../../event/consent.ts';
import type { ReportSource } from '../../event/event.ts';
import { formatCount } from '../../event/format-numbers.ts';
import type { Issue } from '../../event/issue.ts';
import { consentDoesNotApply } from '../../event/stored-without-person.ts';
import type { OutcomeName } from '../http/outcome-names.ts';
import { explainDenial } from './explain-outcome.ts';
import type { OutcomeView } from './schemas.ts';
import type { AttemptView, CheckView, EventStepName, EventStepState, EventStepView } from './timeline-schemas.ts';

/** The way of an event to one platform, in order. */
const stepNames = ['received', 'consent', 'rule', 'sent', 'answered', 'countable'] as const satisfies readonly EventStepName[];

/** One event at one connection. */
interface StepHistory extends Pick<OutcomeView, 'says' | 'rules'> {
  readonly outcome: string;
  readonly issues: readonly Issue[];
  /** Undefined if the event's data was removed. */
  readonly consent: Consent | undefined;
  /** Whether the event is stored without personal data, so that consent is no question. */
  readonly isWithoutPerson: boolean;
  readonly reporters: readonly ReportSource[];
  readonly reportedBy?: string;
  readonly attempts: readonly Pick<AttemptView, 'result' | 'status'>[];
  readonly checks: readonly CheckView[];
  /** Absent if the event is not uploaded to the connected account. */
  readonly upload?: UploadResult;
}

type Stop = readonly [step: EventStepName, state: EventStepState];

const skippedUnsent: Stop = ['sent', 'skipped'];

/** The step at which each outcome leaves an event, as far as its attempts say no more. */
const stops: Readonly<Record<OutcomeName, Stop>> = {
  delivered: ['answered', 'done'],
  'awaiting-verdict': ['answered', 'waiting'],
  unverified: ['answered', 'unknown'],
  restated: ['sent', 'done'],
  retracted: ['sent', 'done'],
  waiting: ['sent', 'waiting'],
  undelivered: ['sent', 'waiting'],
  'before-connection': skippedUnsent,
  dead: ['sent', 'failed'],
  'consent-denied': ['consent', 'skipped'],
  rule: ['rule', 'skipped'],
  erased: ['received', 'skipped'],
  duplicate: ['received', 'skipped'],
  'no-identifier': skippedUnsent,
  'unsupported-event': skippedUnsent,
  'browser-tag-sent-it': skippedUnsent,
  unconfirmed: skippedUnsent,
  'test-order': skippedUnsent,
  'offline-order': skippedUnsent,
  'record-only': skippedUnsent,
  refunded: skippedUnsent,
  'awaiting-purchase': ['sent', 'waiting'],
  'awaiting-upload': ['sent', 'waiting'],
  'no-purchase': skippedUnsent,
  unsupported: skippedUnsent,
  'no-address': skippedUnsent,
  bot: skippedUnsent,
  'over-budget': skippedUnsent,
  'too-old-on-arrival': skippedUnsent,
  filtered: skippedUnsent,
};

/**
 * Returns how far an event came on its way to a platform. The step at which it stopped has the sentences of its outcome; the steps after it
 * were not reached.
 */
export function explainSteps(history: StepHistory): readonly EventStepView[] {
  const [stop, state] = findStop(history);
  const stopsAt = stepNames.indexOf(stop);
  return stepNames.map((step, at) => {
    if (at < stopsAt) return { step, ...describePassed(step, history) };
    if (at === stopsAt) return { step, state, message: state === 'done' ? describeAnswer(history) : describeStop(history) };
    if (step === 'countable' && history.outcome === 'delivered') return { step, ...describeCounting(history) };
    return { step, state: 'none', message: 'Not reached.' };
  });
}

const uploadStops = {
  waiting: ['sent', 'waiting'],
  uploaded: ['sent', 'done'],
  refused: ['answered', 'failed'],
  dead: ['sent', 'failed'],
} as const satisfies Record<UploadResult, Stop>;

/** An outcome of a newer version is not known. */
function findStop({ outcome, attempts, consent, upload }: StepHistory): Stop {
  if (upload !== undefined) return uploadStops[upload];
  const known: Readonly<Record<string, Stop>> = stops;
  const [step, state] = (Object.hasOwn(known, outcome) ? known[outcome] : undefined) ?? ['sent', 'unknown'];
  if (isAdjustedOutcome(outcome) && attempts.length > 0) return ['answered', 'done'];
  if (outcome === 'waiting' && attempts.length === 0 && consent?.effective === 'pending') return ['consent', 'waiting'];
  // A platform that answered, or whose answer is outstanding, got the event.
  return step === 'sent' && attempts.length > 0 ? ['answered', state] : [step, state];
}

function describePassed(step: EventStepName, history: StepHistory): Pick<EventStepView, 'state' | 'message'> {
  switch (step) {
    case 'received':
      return { state: 'done', message: checkReceived(history).message };
    case 'consent':
      return describeConsent(history);
    case 'rule':
      return describeRules(history);
    default:
      if (history.upload !== undefined) return { state: 'done', message: 'Sent as an upload to the connected account.' };
      return { state: 'done', message: `Sent in ${formatCount(history.attempts.length, 'request')}.` };
  }
}

function describeConsent({ consent, isWithoutPerson }: StepHistory): Pick<EventStepView, 'state' | 'message'> {
  if (isWithoutPerson) return { state: 'not-applicable', message: consentDoesNotApply };
  if (!consent) return { state: 'unknown', message: 'The data of the event was removed.' };
  const { stated, effective } = consent;
  if (effective === 'pending')
    return {
      state: 'done',
      message: 'No choice came with the event. Another report or an earlier choice of the visitor decided.',
    };
  if (effective === 'denied') return { state: 'done', message: explainDenial([{ consent }]) ?? 'Consent was denied.' };
  return {
    state: 'done',
    message:
      stated === 'granted'
        ? 'Consent was given.'
        : "No choice was reported, and the site's consent policy counts that as granted.",
  };
}

function describeRules({ rules }: StepHistory): Pick<EventStepView, 'state' | 'message'> {
  const applied = (rules?.effects ?? []).map(({ message }) => message);
  return { state: 'done', message: applied.length > 0 ? applied.join(' ') : 'No rule changed the event.' };
}

function describeAnswer({ attempts, says }: StepHistory): string {
  const status = attempts.findLast(({ result }) => result === 'delivered')?.status;
  return status === undefined ? says : `Accepted, with the status ${status}.`;
}

/** Returns the reasons of a failure, and the sentences of any other outcome. */
function describeStop({ outcome, says, issues, rules }: StepHistory): string {
  const skips = (rules?.effects ?? []).filter(({ did }) => did === 'skip').map(({ message }) => message);
  const reasons = outcome === 'dead' ? issues.map(({ message }) => message) : outcome === 'rule' ? skips : [];
  return reasons.length > 0 ? [...new Set(reasons)].join(' ') : says;
}

/** The platform has the event, so a condition that does not hold is no failure of the delivery. */
const states = { no: 'unknown', unseen: 'unknown', wait: 'waiting', skip: 'skipped', yes: 'done' } as const satisfies Record<
  CheckView['answer'],
  EventStepState
>;
const worstFirst = ['no', 'wait', 'unseen', 'skip', 'yes'] as const satisfies readonly CheckView['answer'][];

/** Returns the worst of the conditions for the platform to count an accepted event. Only the platform knows whether it does. A remark about a field is none of them. */
function describeCounting({ checks }: StepHistory): Omit<EventStepView, 'step'> {
  const accepted = checks.findIndex(({ title }) => title.endsWith(' accepted the event'));
  const conditions = checks.slice(accepted + 1).filter(({ title }) => !title.endsWith(' accepted all fields'));
  const worst = worstFirst.flatMap((answer) => conditions.find((check) => check.answer === answer) ?? [])[0];
  if (!worst) return { state: 'unknown', message: 'Convey cannot check what the receiver does with the event.' };
  return { state: states[worst.answer], message: worst.message, ...(worst.guide && { guide: worst.guide }) };
}
