import { createMask } from '../../kit/mask.ts';

const hash = /^[0-9a-f]{64}$/i;
const identityNames: ReadonlySet<string> = new Set(['emailAddress', 'phoneNumber', 'givenName', 'familyName', 'postalCode']);

export const { maskBody, maskEvent } = createMask({
  isHashedKey: (name) => identityNames.has(name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())),
  isHash: (value) => typeof value === 'string' && hash.test(value),
});
