import { type Fields, isFields } from '../../kit/fields.ts';
import { isHash, isHashedKey } from '../events-api/match-keys.ts';

const mask = '***';
const emailAddress = /[^\s@"'<>/?&=,;:]+@[^\s@"'<>/?&=,;:]+\.[a-z]{2,}/gi;

/** Returns the body of a request without unhashed personal data. Hashes, click id, cookie, address and agent remain. */
export function maskBody(body: unknown): unknown {
  if (!isFields(body) || !Array.isArray(body.data)) return maskText(body);
  const { data, ...root } = body;
  const events = Array.isArray(data) ? data : [];
  return { ...maskMembers(root), data: events.map((event: unknown) => (isFields(event) ? maskEvent(event) : maskText(event))) };
}

/** Returns an event without unhashed personal data. */
export function maskEvent(event: Fields): Fields {
  const { user, ...others } = event;
  if (!isFields(user)) return maskMembers(event);
  const person = Object.entries(user).map(([key, value]) => [maskString(key), maskIdentity(key, value)]);
  return { ...maskMembers(others), user: Object.fromEntries(person) };
}

function maskIdentity(key: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => maskIdentity(key, each));
  if (!isHashedKey(key)) return maskText(value);
  return value === null || value === '' || isHash(value) ? value : mask;
}

/** Masks e-mail addresses in every string of a value. */
function maskText(value: unknown): unknown {
  if (typeof value === 'string') return maskString(value);
  if (Array.isArray(value)) return value.map(maskText);
  return isFields(value) ? maskMembers(value) : value;
}

const maskMembers = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, member]) => [maskString(name), maskText(member)]));

const maskString = (text: string): string => (text.includes('@') ? text.replace(emailAddress, mask) : text);
