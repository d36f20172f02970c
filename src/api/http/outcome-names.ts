import { type AdjustedOutcome, adjustedOutcomeNames, adjustedOutcomes } from '../../event/adjusted-outcomes.ts';
import { describeSkip, isSkipReason, type SkipReason, type SkipTexts, skipReasons } from '../../event/skip-reasons.ts';

/**
 * The outcome of an event on a connection. `undelivered`: the connection has not processed the event yet. `before-connection`: the event was
 * received before the connection existed, and no replay has sent it.
 */
export type OutcomeName =
  | 'delivered'
  | 'awaiting-verdict'
  | 'unverified'
  | 'waiting'
  | 'dead'
  | 'undelivered'
  | 'before-connection'
  | AdjustedOutcome
  | SkipReason;

/** The outcomes by which events can be filtered. */
export const outcomeNames: readonly OutcomeName[] = [
  'delivered',
  'awaiting-verdict',
  'unverified',
  'waiting',
  'dead',
  'undelivered',
  'before-connection',
  ...adjustedOutcomeNames,
  ...Object.keys(skipReasons).filter(isSkipReason),
];

export function isOutcomeName(text: string): text is OutcomeName {
  return outcomeNames.some((outcome) => outcome === text);
}

const outcomeTexts = {
  ...adjustedOutcomes,
  delivered: 'Delivered.',
  'awaiting-verdict': 'Sent. The platform gives its verdict later. The event does not count as delivered yet.',
  unverified: 'Sent, but the platform gave no verdict. The event does not count as delivered.',
  waiting: 'Waiting for a duplicate report, for consent, or for the next attempt.',
  dead: 'Could not be delivered. Fix the cause, then retry it in the failed events.',
  undelivered: 'Not delivered yet.',
  'before-connection': 'Received before this connection existed, so it was not sent. Replay it to send it.',
} as const;

/**
 * Returns an outcome in sentences, in the words of the connection's destination if given. A newer version that shares the database may have
 * stored one that this version does not know.
 */
export function outcomeSentence(outcome: OutcomeName, texts?: SkipTexts): string {
  if (!isSkipReason(outcome))
    return outcomeTexts[outcome] ?? 'Settled by a newer version of Convey. Upgrade this gateway to read it.';
  const { why, remedy } = describeSkip(outcome, texts);
  return `${why} ${remedy}`;
}
