import { isTrusted } from '../../event/event.ts';
import type { ReceivedReport } from '../ports/reports.ts';

/** The later reports that may be a new event: the shop's reports that state a grant, or all of the shop's reports. */
export const releaseStates = { toGrants: 1, toAll: 2 } as const;

/** Greater than each of `releaseStates`. */
const never = 3;

/** Returns the least value of `primary_reports.released` at which such a report is a new event. */
export function neededRelease({ reporter, isGranted }: Pick<ReceivedReport, 'reporter' | 'isGranted'>): number {
  if (!isTrusted({ reporter })) return never;
  return isGranted ? releaseStates.toGrants : releaseStates.toAll;
}

/** Returns the name under which a report's event is stored. Two connections may have a rule of one id. */
export function primaryName({ name, addedFor }: Pick<ReceivedReport, 'name' | 'addedFor'>): string {
  return addedFor === undefined ? name : `${name}\u001f${addedFor}`;
}
