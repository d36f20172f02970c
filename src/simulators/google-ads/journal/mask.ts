import { type Fields, isFields } from '../../kit/fields.ts';

const mask = '***';
const hash = /^[0-9a-f]{64}$/i;
const emailAddress = /[^\s@"'<>/?&=,;:]+@[^\s@"'<>/?&=,;:]+\.[a-z]{2,}/gi;
const identityNames: ReadonlySet<string> = new Set(['emailAddress', 'phoneNumber', 'givenName', 'familyName', 'postalCode']);

/** Returns a value without unhashed personal data: e-mail addresses in any text, and identity that is no hash. */
export function maskBody(value: unknown): unknown {
  if (typeof value === 'string') return maskText(value);
  if (Array.isArray(value)) return value.map(maskBody);
  return isFields(value) ? maskFields(value) : value;
}

/** Masks the members of an object as `maskBody` does. */
export function maskFields(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const isIdentity = identityNames.has(name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
      return [maskText(name), isIdentity && !(typeof value === 'string' && hash.test(value)) ? mask : maskBody(value)];
    }),
  );
}

/** Returns the parameters of a beacon without e-mail addresses. */
export function maskParameters(parameters: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [maskText(name), maskText(value)]));
}

const maskText = (text: string): string => (text.includes('@') ? text.replace(emailAddress, mask) : text);
