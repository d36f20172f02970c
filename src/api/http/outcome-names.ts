import { isSkipReason, type SkipReason, skipReasons } from '../../event/skip-reasons.ts';

/** What became of an event on a connection. `undelivered`: the connection has not come to it yet. */
export type OutcomeName = 'delivered' | 'waiting' | 'dead' | 'undelivered' | SkipReason;

/** Everything that can be asked for as an outcome. */
export const outcomeNames: readonly OutcomeName[] = [
  'delivered',
  'waiting',
  'dead',
  'undelivered',
  ...Object.keys(skipReasons).filter(isSkipReason),
];

export function isOutcomeName(text: string): text is OutcomeName {
  return outcomeNames.some((outcome) => outcome === text);
}

const outcomeSays = {
  delivered: 'Delivered.',
  waiting: 'Waiting: for its copy, for consent, or for the next try.',
  dead: 'Will not be sent. See the reasons and mend the cause at its source.',
  undelivered: 'Not sent yet.',
} as const;

/** What an outcome means. */
export function outcomeSentence(outcome: OutcomeName): string {
  return isSkipReason(outcome) ? skipReasons[outcome] : outcomeSays[outcome];
}
