import { isIP } from 'node:net';
import { type Fields, isFields } from '../../kit/fields.ts';

/** Keys whose values must be SHA-256. */
export const hashedKeys = ['email', 'phone', 'external_id', 'first_name', 'last_name', 'zip_code'] as const;

/** The keys of `user`, the strongest first. */
const knownKeys = [
  'ttclid',
  'email',
  'phone',
  'external_id',
  'ttp',
  'ip',
  'user_agent',
  'first_name',
  'last_name',
  'zip_code',
] as const;

/** Keys that one person has. The others are shared by many. */
export const personalKeys: ReadonlySet<string> = new Set(['ttclid', 'email', 'phone', 'external_id', 'ttp']);

/** The SHA-256 of an empty text, which identifies no person. */
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Returns a value or the values of a list. */
export const toValues = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

export const isHash = (value: unknown): boolean => typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value);

export const isHashedKey = (key: string): boolean => hashedKeys.some((name) => name === key);

/** Returns the keys of an event that can match a person. Assumption: a hash in capitals matches none. */
export function findMatchKeys({ user }: Fields): string[] {
  if (!isFields(user)) return [];
  return knownKeys.filter((key) => toValues(user[key]).some((value) => canMatch(key, value)));
}

/** Returns whether the keys suffice to find a person. */
export const isEnough = (keys: readonly string[]): boolean =>
  keys.some((key) => personalKeys.has(key)) || (keys.includes('ip') && keys.includes('user_agent'));

function canMatch(key: string, value: unknown): boolean {
  if (typeof value !== 'string' || value.trim() === '') return false;
  if (key === 'ip') return isIP(value) !== 0;
  return !isHashedKey(key) || (/^[0-9a-f]{64}$/.test(value) && value !== emptyHash);
}
