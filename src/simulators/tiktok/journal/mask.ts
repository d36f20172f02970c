import { createMask } from '../../kit/mask.ts';
import { isHash, isHashedKey } from '../events-api/match-keys.ts';

export const { maskBody, maskEvent } = createMask({ person: 'user', isHashedKey, isHash });
