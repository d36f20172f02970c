import { createMask } from '../../kit/mask.ts';

export const { maskBody, maskEvent } = createMask();
