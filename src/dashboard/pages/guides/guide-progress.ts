import type { StepView } from '../../../api/client.ts';
import type { Guide } from './guide-list.ts';

/** Returns the progress of a guide by its checklist steps, or `undefined` if it has none. */
export function getGuideProgress(guide: Guide, steps: readonly StepView[]): 'done' | 'problem' | 'open' | undefined {
  const own = steps.filter((step) => step.guide?.split('#')[0] === guide.path && step.state !== 'optional');
  if (own.length === 0) return undefined;
  if (own.some(({ state }) => state === 'problem')) return 'problem';
  return own.every(({ state }) => state === 'done') ? 'done' : 'open';
}
