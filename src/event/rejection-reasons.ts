import { signalTypes } from './event-names.ts';
import type { Issue } from './issue.ts';

const nameRule = 'Send a standard name, or a letter followed by up to 99 letters, digits and underscores.';

/** The messages of rejections by code: the rule, and the remedy. A stored rejection has only the code. */
export const rejectionReasons = {
  'not-an-object': 'Must be an object. Send each event as a JSON object.',
  'name-missing': `Must have a name. ${nameRule}`,
  'name-invalid': `Must be a valid name. ${nameRule}`,
  'name-is-personal':
    "Must not hold the shopper's e-mail address or phone number. Send a name that describes the event, not the person.",
  'id-invalid':
    'Must be 1 to 128 characters without control characters, or a number that JSON holds exactly. Send such an id, or omit it.',
  'id-is-personal': 'Must not hold an e-mail address. Send an id that is not personal, such as the order id, or omit it.',
  'time-unreadable': 'Must be ISO 8601, UNIX seconds or UNIX milliseconds. Send the time in one of these forms.',
  'in-future': 'Must be at most 5 minutes ahead. Set the clock of the sender, or omit `time`.',
  'too-old':
    'Must be at most 7 days old, because platforms accept no older events, or 90 days if a connection takes late purchases. Send events sooner, and leave older rows out of an import.',
  'late-account-missing':
    'Must be at most 7 days old until an account can take late purchases, which are on. Connect the account and make its goal, then send the event again.',
  'consent-unstated':
    "Must state consent in an import, because the site's policy counts a missing choice as denied. Fill in the consent column, or import with `--consent`.",
  'adjustment-from-browser':
    "Must be reported by a server or a webhook, because a browser's report could change any order. Send refunds and cancellations to `POST /v1/events` with the secret key.",
  'adjustment-not-signed':
    'Must be signed, because everyone who learns the secret of the hook could change any order. Choose a scheme that signs, or send refunds and cancellations to `POST /v1/events` with a secret key.',
  'order-missing': 'Must name the order that is refunded or cancelled. Send its id.',
  'refund-value-invalid':
    'Must be the amount that was paid back, 0 or more, with a currency. Send both, or omit the value if the whole order was refunded.',
  'denials-too-many':
    'Must not follow many purchases that browsers of the same network denied. No action is needed: the choice of a visitor or checkout is stored.',
  'signal-unknown': `Must be one of ${signalTypes.join(', ')}. Send one of them.`,
} as const;

export function createRejectionIssue(field: string, code: keyof typeof rejectionReasons): Issue {
  return { field, code, message: rejectionReasons[code] };
}

/** Returns the message of a code, or a general one for a code of a newer version. */
export function describeRejection(code: string): string {
  const reasons: Readonly<Record<string, string>> = rejectionReasons;
  return (Object.hasOwn(reasons, code) ? reasons[code] : undefined) ?? 'See the list of codes in the event reference.';
}
