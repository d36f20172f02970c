import type { StepView } from '../../../../api/client.ts';

/** The setup progress of a site, without optional steps. */
export interface SetupProgress {
  readonly steps: readonly StepView[];
  readonly done: number;
  /** Whether a step has never been completed. Later problems do not count. */
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
