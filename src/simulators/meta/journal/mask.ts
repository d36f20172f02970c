import { type Fields, isFields } from '../../kit/fields.ts';
import { isHash, isHashedKey } from '../events-api/match-keys.ts';

const mask = '***';

/** Credentials of a request's body or query. */
const secrets: ReadonlySet<string> = new Set(['access_token', 'appsecret_proof']);

const emailAddress = /[^\s@"'<>/?&=,;:]+@[^\s@"'<>/?&=,;:]+\.[a-z]{2,}/gi;

/** Returns the body of a request without credentials and unhashed personal data. Hashes, cookies, address and agent remain. */
export function maskBody(body: unknown): unknown {
  if (!isFields(body)) return maskText(body);
  const { data, ...root } = body;
  const known = Object.fromEntries(
    Object.entries(root).map(([name, value]) => [name, secrets.has(name) ? mask : maskText(value)]),
  );
  if (!Object.hasOwn(body, 'data')) return known;
  return {
    ...known,
    data: Array.isArray(data) ? data.map((event) => (isFields(event) ? maskEvent(event) : maskText(event))) : maskText(data),
  };
}

/** Returns an event without unhashed personal data. */
export function maskEvent(event: Fields): Fields {
  return Object.fromEntries(
    Object.entries(event).map(([name, value]) => [
      maskString(name),
      name === 'user_data' && isFields(value) ? maskUserData(value) : maskText(value),
    ]),
  );
}

/** Returns the parameters of a beacon without unhashed personal data. */
export function maskParameters(parameters: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => {
      const key = /^ud\[(.*)\]$/.exec(name)?.[1];
      return [maskString(name), key === undefined ? maskString(value) : String(maskIdentity(key, value))];
    }),
  );
}

const maskUserData = (userData: Fields): Fields =>
  Object.fromEntries(Object.entries(userData).map(([key, value]) => [maskString(key), maskIdentity(key, value)]));

function maskIdentity(key: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => maskIdentity(key, each));
  if (!isHashedKey(key)) return maskText(value);
  return value === null || value === '' || isHash(value) ? value : mask;
}

/** Returns whether a value lost personal data, and so no longer differs from another one. */
export const isMasked = (value: unknown): boolean => typeof value === 'string' && value.includes(mask);

/** Masks e-mail addresses in every string of a value. */
function maskText(value: unknown): unknown {
  if (typeof value === 'string') return maskString(value);
  if (Array.isArray(value)) return value.map(maskText);
  if (!isFields(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [maskString(name), maskText(member)]));
}

const maskString = (text: string): string => (text.includes('@') ? text.replace(emailAddress, mask) : text);
