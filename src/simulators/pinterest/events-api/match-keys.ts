import { type Fields, isFields } from '../../kit/fields.ts';
import { hashedKeys } from './event-schema.ts';

const hashed: ReadonlySet<string> = new Set(hashedKeys);

export const isHash = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
export const isHashedKey = (key: string): boolean => hashed.has(key);

/** Keys by which Pinterest can match a person, the strongest first. The order is an assumption. */
const keyOrder = [
  'em',
  'hashed_maids',
  'click_id',
  'external_id',
  'ph',
  'client_ip_address',
  'client_user_agent',
  'fn',
  'ln',
  'db',
  'ge',
  'ct',
  'st',
  'zp',
  'country',
];

/** Returns the keys of a person that can be used, the strongest first. */
export function findMatchKeys(event: Fields): string[] {
  const person = isFields(event.user_data) ? event.user_data : {};
  return keyOrder.filter((key) => {
    const value = person[key];
    if (!isHashedKey(key)) return typeof value === 'string' && value !== '';
    return [value].flat().some(isHash);
  });
}
