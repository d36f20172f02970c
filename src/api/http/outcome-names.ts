import { isSkipReason, type SkipReason, skipReasons } from '../../event/skip-reasons.ts';

/** The outcome of an event on a connection. `undelivered`: the connection has not processed the event yet. */
export type OutcomeName = 'delivered' | 'awaiting-verdict' | 'unverified' | 'waiting' | 'dead' | 'undelivered' | SkipReason;

/** The outcomes by which events can be filtered. */
export const outcomeNames: readonly OutcomeName[] = [
  'delivered',
  'awaiting-verdict',
  'unverified',
  'waiting',
  'dead',
  'undelivered',
  ...Object.keys(skipReasons).filter(isSkipReason),
];

export function isOutcomeName(text: string): text is OutcomeName {
  return outcomeNames.some((outcome) => outcome === text);
}

const outcomeTexts = {
  delivered: 'Delivered.',
  'awaiting-verdict': 'Sent. The platform received the event and gives its verdict later. Not counted as delivered yet.',
  unverified: 'Sent, but the platform gave no verdict, so the event is not counted as delivered.',
  waiting: 'Waiting for a duplicate report, for consent, or for the next attempt.',
  dead: 'Will not be sent. Check the reasons and fix the cause at its source.',
  undelivered: 'Not sent yet.',
} as const;

/** Returns an outcome as a sentence. */
export function outcomeSentence(outcome: OutcomeName): string {
  return isSkipReason(outcome) ? skipReasons[outcome] : outcomeTexts[outcome];
}
