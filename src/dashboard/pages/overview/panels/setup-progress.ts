import type { StepView } from '../../../../api/client.ts';

/** How far a site is set up; what it can do without does not count. */
export interface SetupProgress {
  readonly steps: readonly StepView[];
  readonly done: number;
  /** Whether something was never seen yet. What went wrong later is no step of getting started. */
  readonly isOpen: boolean;
}

export function getSetupProgress(all: readonly StepView[]): SetupProgress {
  const steps = all.filter(({ state }) => state !== 'optional');
  return {
    steps,
    done: steps.filter(({ state }) => state === 'done').length,
    isOpen: steps.some(({ state }) => state === 'waiting'),
  };
}
