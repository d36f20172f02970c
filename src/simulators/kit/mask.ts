import { type Fields, isFields } from './fields.ts';

const mask = '***';
const emailAddress = /[^\s@"'<>/?&=,;:]+@[^\s@"'<>/?&=,;:]+\.[a-z]{2,}/gi;

interface MaskOptions {
  /** The member of an event that has the person. By default members of any object may be of a person. */
  readonly person?: string;
  /** Returns whether a member of the person must be hashed. */
  readonly isHashedKey?: (key: string) => boolean;
  readonly isHash?: (value: unknown) => boolean;
  /** Credentials of a body. */
  readonly secrets?: readonly string[];
}

/** Creates the removal of unhashed personal data. Hashes, click ids, addresses and agents remain. */
export function createMask({ person, isHashedKey = () => false, isHash = () => false, secrets = [] }: MaskOptions = {}) {
  const maskIdentity = (key: string, value: unknown): unknown => {
    if (!isHashedKey(key)) return maskBody(value);
    if (Array.isArray(value)) return value.map((each) => maskIdentity(key, each));
    return value === null || value === '' || isHash(value) ? value : mask;
  };
  const maskEvent = (event: Fields): Fields =>
    mapMembers(event, (name, value) => {
      if (secrets.includes(name)) return mask;
      if (person === undefined) return maskIdentity(name, value);
      return name === person && isFields(value) ? mapMembers(value, maskIdentity) : maskBody(value);
    });
  const maskBody = (value: unknown): unknown => {
    if (typeof value === 'string') return maskText(value);
    if (Array.isArray(value)) return value.map(maskBody);
    return isFields(value) ? maskEvent(value) : value;
  };
  return { maskBody, maskEvent, maskIdentity };
}

/** Returns whether a value lost personal data, and so no longer differs from another one. */
export const isMasked = (value: unknown): boolean => typeof value === 'string' && value.includes(mask);

/** Returns the parameters of a beacon without e-mail addresses. */
export function maskParameters(parameters: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [maskText(name), maskText(value)]));
}

function mapMembers(fields: Fields, change: (name: string, value: unknown) => unknown): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [maskText(name), change(name, value)]));
}

/** Returns a text without e-mail addresses. */
export const maskText = (text: string): string => (text.includes('@') ? text.replace(emailAddress, mask) : text);
