import { type Fields, isFields } from '../../kit/fields.ts';

const emailAddress = /[^\s@"'<>/?&=,;:]+@[^\s@"'<>/?&=,;:]+\.[a-z]{2,}/gi;

/** Returns an object without e-mail addresses. Hashes, ids, address and agent remain. */
export function maskFields(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, member]) => [maskString(name), maskValue(member)]));
}

/** Returns a value without e-mail addresses. */
export function maskValue(value: unknown): unknown {
  if (typeof value === 'string') return maskString(value);
  if (Array.isArray(value)) return value.map(maskValue);
  return isFields(value) ? maskFields(value) : value;
}

const maskString = (text: string): string => (text.includes('@') ? text.replace(emailAddress, '***') : text);
