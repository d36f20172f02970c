import { describe, expect, it } from 'vitest';
import type { StepView } from '../../../../api/client.ts';
import { getSetupProgress } from './setup-progress.ts';

const step = (state: StepView['state']): StepView => ({ id: state, group: 'pixel', title: '', says: '', state });

describe('getting started', () => {
  it('counts what is done of what is needed', () => {
    const { done, steps, isOpen } = getSetupProgress([step('done'), step('optional'), step('waiting'), step('problem')]);
    expect([done, steps.length, isOpen]).toEqual([1, 3, true]);
  });

  it('is over once everything was seen, whatever goes wrong afterwards', () => {
    expect(getSetupProgress([step('done'), step('problem'), step('optional')]).isOpen).toBe(false);
    expect(getSetupProgress([]).isOpen).toBe(false);
  });
});
