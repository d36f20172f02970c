import type { StepView } from '../../../api/client.ts';
import type { Guide } from './guide-list.ts';

/** Returns the progress of a guide, or `undefined` if nothing was observed that shows it. Only steps that prove the guide complete it. */
export function getGuideProgress(guide: Guide, steps: readonly StepView[]): 'done' | 'problem' | 'open' | undefined {
  const own = steps.filter((step) => step.guide?.split('#')[0] === guide.path && step.state !== 'optional');
  if (own.some(({ state }) => state === 'problem')) return 'problem';
  const proofs = own.filter(({ provesGuide }) => provesGuide);
  if (proofs.length === 0) return undefined;
  return proofs.every(({ state }) => state === 'done') ? 'done' : 'open';
}
