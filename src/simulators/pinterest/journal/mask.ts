import { type Fields, isFields } from '../../kit/fields.ts';
import { isHash, isHashedKey } from '../events-api/match-keys.ts';

const mask = '***';

const emailAddress = /[^\s@"'<>/?&=,;:]+@[^\s@"'<>/?&=,;:]+\.[a-z]{2,}/gi;

/** Returns the body of a request without unhashed personal data. Hashes, click id, address and agent remain. */
export function maskBody(body: unknown): unknown {
  return maskMembers(body);
}

/** Returns an event without unhashed personal data. */
export function maskEvent(event: Fields): Fields {
  return Object.fromEntries(
    Object.entries(event).map(([name, value]) => [
      maskText(name),
      name === 'user_data' && isFields(value) ? maskPerson(value) : maskMembers(value),
    ]),
  );
}

/** Returns the parameters of a beacon without unhashed personal data. The tag hashes the person. */
export function maskParameters(parameters: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [maskText(name), maskText(value)]));
}

function maskMembers(value: unknown): unknown {
  if (typeof value === 'string') return maskText(value);
  if (Array.isArray(value)) return value.map(maskMembers);
  return isFields(value) ? maskEvent(value) : value;
}

const maskPerson = (person: Fields): Fields =>
  Object.fromEntries(Object.entries(person).map(([key, value]) => [maskText(key), maskIdentity(key, value)]));

function maskIdentity(key: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => maskIdentity(key, each));
  if (!isHashedKey(key)) return maskMembers(value);
  return value === null || value === '' || isHash(value) ? value : mask;
}

const maskText = (text: string): string => (text.includes('@') ? text.replace(emailAddress, mask) : text);
