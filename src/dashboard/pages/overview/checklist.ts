import type { StepView } from '../../../api/client.ts';

/** How far a site is set up; what it can do without does not count. */
export interface Progress {
  readonly done: number;
  readonly all: number;
  /** Those that are not done, what is wrong before what is missing. */
  readonly open: readonly StepView[];
}

export function progressOf(steps: readonly StepView[]): Progress {
  const needed = steps.filter(({ state }) => state !== 'optional');
  const open = [...needed.filter(({ state }) => state === 'problem'), ...needed.filter(({ state }) => state === 'waiting')];
  return { done: needed.length - open.length, all: needed.length, open };
}
