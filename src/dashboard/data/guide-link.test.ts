import { describe, expect, it } from 'vitest';
import { parseGuideLink } from './guide-link.ts';

describe('the guide that a step names', () => {
  it('is shown in the dashboard, at its place', () => {
    expect(parseGuideLink('guides/add-the-pixel')).toEqual({ name: 'add-the-pixel' });
    expect(parseGuideLink('guides/microsoft/enable-capi#steps')).toEqual({ name: 'enable-capi', hash: 'steps' });
    expect(parseGuideLink('guides/consent.md')).toEqual({ name: 'consent' });
  });

  it('is none where the page is no guide', () => expect(parseGuideLink('reference/config')).toBeUndefined());
});
