import { signalTypes } from './event-names.ts';
import type { Issue } from './issue.ts';

const nameRule = 'Send a standard name, or a letter and then up to 99 letters, digits and underscores.';

/** Why a submission did not become an event: the rule, and what to do. A rejection keeps the code; these are its words. */
export const rejectionReasons = {
  'not-an-object': 'The event is not an object. Send an object.',
  'name-missing': `The event has no name. ${nameRule}`,
  'name-invalid': `The name is not a valid one. ${nameRule}`,
  'name-is-personal':
    "The name holds the shopper's e-mail address or phone number. Send a name that tells what happened, not to whom.",
  'id-invalid':
    'The id is not 1 to 128 characters without control characters, as a string or as a number that JSON holds exactly. Send such an id, or leave it out.',
  'id-is-personal': 'The id holds an e-mail address. Send an id that is not personal, such as the order id, or leave it out.',
  'time-unreadable': 'The time cannot be read. Send ISO 8601, UNIX seconds or UNIX milliseconds.',
  'in-future': 'The time is more than 5 minutes ahead. Set the clock of the sender, or leave `time` out.',
  'too-old': 'The time is more than 7 days ago, and platforms take no older events. Send events sooner.',
  'signal-unknown': `The type is not one of ${signalTypes.join(', ')}. Send one of them.`,
} as const;

export function createRejectionIssue(field: string, code: keyof typeof rejectionReasons): Issue {
  return { field, code, message: rejectionReasons[code] };
}

/** The words of a code; of one that a newer Convey wrote, where they stand. */
export function describeRejection(code: string): string {
  const reasons: Readonly<Record<string, string>> = rejectionReasons;
  return (Object.hasOwn(reasons, code) ? reasons[code] : undefined) ?? 'See the list of codes in the reference of events.';
}
