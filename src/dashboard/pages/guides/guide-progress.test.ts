import { describe, expect, it } from 'vitest';
import type { StepView } from '../../../api/client.ts';
import { getGuideProgress } from './guide-progress.ts';

const step = (state: StepView['state'], guide: string): StepView => ({
  id: 'x',
  group: 'pixel',
  title: '',
  says: '',
  state,
  guide,
  provesGuide: true,
});
const guide = { slug: 'enable-capi', path: 'guides/microsoft/enable-capi', title: '', description: '' };

describe('guide progress', () => {
  it('is done once all of its steps are done', () => {
    const done = step('done', 'guides/microsoft/enable-capi');
    expect(getGuideProgress(guide, [done, step('optional', guide.path), step('waiting', 'guides/consent')])).toBe('done');
    expect(getGuideProgress(guide, [done, step('waiting', `${guide.path}#steps`)])).toBe('open');
    expect(getGuideProgress(guide, [done, step('problem', guide.path)])).toBe('problem');
  });

  it('is undefined if the finished steps only link to the guide', () => {
    const { provesGuide: _, ...linked } = step('done', guide.path);
    expect(getGuideProgress(guide, [linked])).toBeUndefined();
    expect(getGuideProgress(guide, [{ ...linked, state: 'problem' }])).toBe('problem');
  });

  it('is undefined for a guide without steps', () => {
    expect(getGuideProgress(guide, [step('done', 'guides/consent')])).toBeUndefined();
  });
});
