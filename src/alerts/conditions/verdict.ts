import type { UnixMs } from '../../event/units.ts';
import type { Message } from '../message.ts';

/** A condition that holds. */
export interface Finding extends Pick<Message, 'title' | 'sentence' | 'figures' | 'remedy' | 'path' | 'isUrgent'> {
  readonly since: UnixMs;
}

/** `fine`: the condition does not hold. `unknown`: the facts are not enough, so an open alert stays open. */
export type Verdict = Finding | 'fine' | 'unknown';

export interface ConditionContext {
  readonly threshold: number;
  readonly now: UnixMs;
}
