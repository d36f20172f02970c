import { adviseAddress } from '../../../doctor/gateway-address.ts';
import type { StepView } from './schemas.ts';

/** Returns a step for each name in the pixel's URL that blockers match, and for a gateway on another site than the shop. */
export function addressSteps(pixel: string | undefined, domains: readonly string[]): readonly StepView[] {
  const url = pixel === undefined ? null : URL.parse(pixel);
  if (!url) return [];
  return adviseAddress(url, domains).map(({ says }, at) => ({
    id: at === 0 ? 'pixel-address' : `pixel-address-${at + 1}`,
    group: 'pixel',
    title: 'Address of the gateway',
    state: 'optional',
    says: `${says}.`,
    guide: 'guides/add-the-pixel',
  }));
}
