import { isIP } from 'node:net';
import type { Fields } from '../../kit/fields.ts';

/** Keys whose value must be a SHA-256. */
const hashedKeys: ReadonlySet<string> = new Set(['em', 'ph', 'fn', 'ln', 'ge', 'db', 'ct', 'st', 'zp', 'country']);

/**
 * The keys of `user_data`, the strongest first.
 *
 * @source https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters (2026-01-09)
 */
const knownKeys = [
  'em',
  'ph',
  'external_id',
  'fbc',
  'fbp',
  'client_ip_address',
  'client_user_agent',
  'fn',
  'ln',
  'ge',
  'db',
  'ct',
  'st',
  'zp',
  'country',
  'subscription_id',
  'lead_id',
  'fb_login_id',
  'anon_id',
  'madid',
  'page_id',
  'page_scoped_user_id',
  'ctwa_clid',
  'ig_account_id',
  'ig_sid',
] as const;

/** Events whose keys are all in one of these sets are refused. */
const insufficient: readonly ReadonlySet<string>[] = [
  ['ct', 'country', 'st', 'zp', 'ge', 'client_user_agent'],
  ['db', 'client_user_agent'],
  ['fn', 'ge'],
  ['ln', 'ge'],
].map((keys) => new Set(keys));

/** The SHA-256 of an empty text, which identifies no person. */
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** The form of `fbc` and `fbp`: version, index of the domain, milliseconds, payload, and an appendix of Meta's own library. */
const clickCookie = /^fb\.[0-9]\.[0-9]{1,15}\.[^.\s]+(\.([A-Za-z0-9_-]{2}|[A-Za-z0-9_-]{8}))?$/;

export const isHash = (value: unknown): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value);

export const isHashedKey = (key: string): boolean => hashedKeys.has(key);

/** Returns the usable keys of `user_data`, the strongest first. Blank values, nulls and unhashed personal data count as absent. */
export const findMatchKeys = (userData: Fields): string[] =>
  knownKeys.filter((key) => Object.hasOwn(userData, key) && isUsable(key, userData[key]));

/** Returns the given keys that are not usable, and the reason. */
export function explainUnusableKeys(userData: Fields): { key: string; reason: string }[] {
  return Object.keys(userData).flatMap((key) => {
    const known = knownKeys.find((name) => name === key);
    if (known === undefined) return [{ key, reason: 'is not a customer information parameter' }];
    return isUsable(known, userData[key]) ? [] : [{ key, reason: explainForm(known) }];
  });
}

export const isEnough = (keys: readonly string[]): boolean => !insufficient.some((set) => keys.every((key) => set.has(key)));

/** Returns the values of a key as a list; most keys take one value or several. */
export const toValues = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

function isUsable(key: (typeof knownKeys)[number], value: unknown): boolean {
  return toValues(value).some((each) => {
    if (typeof each === 'number') return ['external_id', 'lead_id', 'fb_login_id'].includes(key);
    if (typeof each !== 'string' || each.trim() === '' || each.toLowerCase() === emptyHash) return false;
    if (hashedKeys.has(key)) return isHash(each);
    if (key === 'fbc' || key === 'fbp') return clickCookie.test(each);
    return key === 'client_ip_address' ? isIP(each) !== 0 : true;
  });
}

function explainForm(key: (typeof knownKeys)[number]): string {
  if (hashedKeys.has(key)) return 'is not a SHA-256 of a value';
  if (key === 'fbc' || key === 'fbp') return 'does not have the form fb.1.<milliseconds>.<id>';
  return key === 'client_ip_address' ? 'is not an IP address' : 'is empty';
}
