import type { StepView } from '../../../api/client.ts';
import type { Guide } from './guide-list.ts';

/** How far what a guide is for was observed: `undefined` where no step of the checklist leads to it. */
export function getGuideProgress(guide: Guide, steps: readonly StepView[]): 'done' | 'problem' | 'open' | undefined {
  const own = steps.filter((step) => step.guide?.split('#')[0] === guide.path && step.state !== 'optional');
  if (own.length === 0) return undefined;
  if (own.some(({ state }) => state === 'problem')) return 'problem';
  return own.every(({ state }) => state === 'done') ? 'done' : 'open';
}
