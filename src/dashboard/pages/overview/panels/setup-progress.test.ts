import { describe, expect, it } from 'vitest';
import type { StepView } from '../../../../api/client.ts';
import { getSetupProgress } from './setup-progress.ts';

const step = (state: StepView['state']): StepView => ({ id: state, group: 'pixel', title: '', says: '', state });

describe('setup progress', () => {
  it('counts the completed steps among the required ones', () => {
    const { done, steps, isOpen } = getSetupProgress([step('done'), step('optional'), step('waiting'), step('problem')]);
    expect([done, steps.length, isOpen]).toEqual([1, 3, true]);
  });

  it('is complete once no step is waiting, even if a step has a problem', () => {
    expect(getSetupProgress([step('done'), step('problem'), step('optional')]).isOpen).toBe(false);
    expect(getSetupProgress([]).isOpen).toBe(false);
  });
});
