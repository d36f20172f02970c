import { createMask, maskText } from '../../kit/mask.ts';
import { isHash, isHashedKey } from '../events-api/match-keys.ts';

const userData = createMask({ person: 'user_data', isHashedKey, isHash, secrets: ['access_token', 'appsecret_proof'] });
export const { maskBody, maskEvent } = userData;

/** Returns the parameters of a beacon without unhashed personal data. */
export function maskParameters(parameters: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => {
      const key = /^ud\[(.*)\]$/.exec(name)?.[1];
      return [maskText(name), key === undefined ? maskText(value) : String(userData.maskIdentity(key, value))];
    }),
  );
}
