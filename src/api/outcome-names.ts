import { isSkipReason, type SkipReason, skipReasons } from '../event/skip.ts';

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
