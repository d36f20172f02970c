import { unknownAnswerCode } from '../../event/issue.ts';
import { formatUtc } from '../../event/units.ts';
import type { ConnectionTrouble } from '../../issues/facts/facts.ts';
import { describeFailureCode } from '../../net/failure-code.ts';
import type { ConnectionState } from '../../storage/ports/connection-state.ts';

/** Describes who paused a connection. @param name the present name of the account */
export function describePause({ by, since }: NonNullable<ConnectionState['pause']>, name: string | undefined): string {
  const removed = by?.account === undefined ? 'An operator' : 'An operator whose account was removed';
  const operator = name === undefined ? removed : `The operator ${name}`;
  const place = by && by.account === undefined ? ' on the command line' : '';
  return `${operator} paused the connection${place}, on ${formatUtc(since)} UTC. Resume it when it may send again.`;
}

/** A platform whose answers Convey cannot read. */
export const unknownForm = { now: 'answers in an unknown form', since: 'has answered in an unknown form' } as const;

/** Describes why a connection is paused, after its name: `refuses the token`. */
export function describePauseCause({ cause, issue, since: from }: NonNullable<ConnectionState['pause']>): ConnectionTrouble {
  if (cause === 'operator') return { now: 'is paused', since: 'has been paused', from };
  if (cause === 'schema') return { now: 'refuses too many events', since: 'has refused too many events', from };
  if (issue.code === unknownAnswerCode) return { ...unknownForm, from };
  const refused = issue.field === 'settings.token' ? 'the token' : 'the connection';
  return { now: `refuses ${refused}`, since: `has refused ${refused}`, from };
}

/** Describes the last failure of a platform, after its name. */
export function describeFailure({ status, code }: ConnectionState['breaker']): ConnectionTrouble {
  if (status !== undefined) return { now: `answers with HTTP ${status}`, since: `has answered with HTTP ${status}` };
  const fact = describeFailureCode(code);
  return { now: `cannot be reached (${fact})`, since: `could not be reached (${fact})` };
}

/** Returns the last failure with the number of failures in a row: `HTTP 503, 32 times in a row`, `connection refused, once`. */
export function describeFailures({ failures, status, code }: ConnectionState['breaker']): string {
  const answer = status === undefined ? describeFailureCode(code) : `HTTP ${status}`;
  return failures === 1 ? `${answer}, once` : `${answer}, ${failures} times in a row`;
}
