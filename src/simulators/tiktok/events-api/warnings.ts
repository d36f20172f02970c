import { type Fields, isFields } from '../../kit/fields.ts';
import { hashedKeys, toValues } from './match-keys.ts';

/** A part of an accepted event that does not have its intended effect. */
export interface EventWarning {
  readonly field: string;
  readonly message: string;
}

/** Earlier names of events, and the names that replaced them. */
const formerNames = new Map([
  ['CompletePayment', 'Purchase'],
  ['SubmitForm', 'Lead'],
]);

const oldHash = /^[0-9A-F]{64}$/;

/**
 * Returns the warnings of an event that is accepted.
 * @source https://business-api.tiktok.com/portal/docs?id=1771101151059969 (2026-08-10)
 */
export function findWarnings(event: Fields): EventWarning[] {
  const warnings: EventWarning[] = [];
  const add = (isWrong: boolean, field: string, message: string): void => {
    if (isWrong) warnings.push({ field, message });
  };
  const user = isFields(event.user) ? event.user : {};
  const properties = isFields(event.properties) ? event.properties : {};
  for (const key of hashedKeys)
    add(
      toValues(user[key]).some((value) => oldHash.test(String(value)) && /[A-F]/.test(String(value))),
      `user.${key}`,
      'is a hash in capitals, which matches no person',
    );
  add(typeof event.event_id !== 'string' || event.event_id === '', 'event_id', 'is missing. A resend is counted again');
  add(!isFields(event.page) || typeof event.page.url !== 'string', 'page.url', 'is missing. TikTok asks for it with web events');
  add(
    Object.hasOwn(properties, 'event_id'),
    'properties.event_id',
    'is a property only. Deduplication uses event_id of the event',
  );
  add(
    event.event === 'Purchase' && properties.value === undefined,
    'properties.value',
    'is missing. TikTok needs it to optimise for value',
  );
  const current = formerNames.get(String(event.event));
  add(current !== undefined, 'event', `is an earlier name of ${current}. It is not known whether the two are merged`);
  return warnings;
}
