import { describe, expect, it } from 'vitest';
import { guideOf } from './guide-link.ts';

describe('the guide that a step names', () => {
  it('is shown in the dashboard, at its place', () => {
    expect(guideOf('guides/add-the-pixel')).toEqual({ name: 'add-the-pixel' });
    expect(guideOf('guides/microsoft/enable-capi#steps')).toEqual({ name: 'enable-capi', hash: 'steps' });
    expect(guideOf('guides/consent.md')).toEqual({ name: 'consent' });
  });

  it('is none where the page is no guide', () => expect(guideOf('reference/config')).toBeUndefined());
});
