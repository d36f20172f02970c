import { type Fields, isFields } from '../../kit/fields.ts';
import type { Settings } from '../settings.ts';
import { findProblem, isWebUrl } from './event-rules.ts';
import { explainUnusableKeys } from './match-keys.ts';
import { invalidValue, type Problem, toPath } from './problem.ts';

/** A part of an accepted event that does not have its intended effect. */
export interface EventWarning {
  readonly field: string;
  readonly message: string;
}

export interface AcceptedEvent {
  /** Position in `data`. */
  readonly index: number;
  readonly event: Fields;
  readonly warnings: readonly EventWarning[];
}

interface ValidateOptions {
  readonly settings: Settings;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Returns whether the current fault rejects the event, and whether the response names it. */
  readonly rejects: (eventId: unknown) => 'named' | 'unnamed' | undefined;
}

/** Returns the accepted events, or the first problem of the first invalid event. One invalid event refuses the whole request. */
export function validate(
  data: readonly unknown[],
  { settings, now, rejects }: ValidateOptions,
): { readonly problem: Problem } | { readonly accepted: readonly AcceptedEvent[] } {
  const nowSeconds = Math.floor(now / 1_000);
  const accepted: AcceptedEvent[] = [];
  for (const [index, event] of data.entries()) {
    const problem = findProblem(event, { settings, nowSeconds, index }) ?? findRejection(event, index, rejects);
    if (problem !== undefined) return { problem };
    if (isFields(event)) accepted.push({ index, event, warnings: findWarnings(event, settings, nowSeconds) });
  }
  return { accepted };
}

function findRejection(event: unknown, index: number, rejects: ValidateOptions['rejects']): Problem | undefined {
  const rejection = isFields(event) ? rejects(event.event_id) : undefined;
  if (rejection === undefined) return undefined;
  return rejection === 'named'
    ? invalidValue(toPath(index), "is refused on purpose by the simulator's fault `reject`. Retry the event after the fault ends")
    : { subcode: 2_804_048, kind: 'unnamed' };
}

const clickLifeMs = 90 * 86_400_000;

function findWarnings(event: Fields, settings: Settings, nowSeconds: number): EventWarning[] {
  const userData = isFields(event.user_data) ? event.user_data : {};
  const customData = isFields(event.custom_data) ? event.custom_data : {};
  const warnings = explainUnusableKeys(userData).map(({ key, reason }) => ({
    field: `user_data.${key}`,
    message: `${reason}. It is ignored`,
  }));
  const add = (isWrong: boolean, field: string, message: string): void => {
    if (isWrong) warnings.push({ field, message });
  };
  const seconds = Number(event.event_time);
  const isWebsite = event.action_source === 'website';
  add(seconds > nowSeconds + settings.maxFutureSeconds, 'event_time', 'is in the future. Meta may refuse it');
  add(String(event.event_name).length > settings.maxNameChars, 'event_name', `has more than ${settings.maxNameChars} characters`);
  add(
    isWebsite && !isWebUrl(event.event_source_url),
    'event_source_url',
    'is missing or not a URL. Meta requires it for website events',
  );
  add(
    isWebsite && (typeof userData.client_user_agent !== 'string' || userData.client_user_agent === ''),
    'user_data.client_user_agent',
    'is missing. Meta requires it for website events',
  );
  add(typeof event.event_id !== 'string' || event.event_id === '', 'event_id', 'is missing. A resend is counted again');
  for (const name of ['eventID', 'event_id'])
    add(Object.hasOwn(customData, name), `custom_data.${name}`, 'is a property only. Deduplication uses event_id of the event');
  const clickedAt = Number(/^fb\.\d\.(\d+)\./.exec(String(userData.fbc))?.[1]);
  add(seconds * 1_000 - clickedAt > clickLifeMs, 'user_data.fbc', 'is older than 90 days');
  return warnings;
}
