import { describe, expect, it } from 'vitest';
import { parseGuideLink } from './guide-link.ts';

describe('parseGuideLink', () => {
  it('returns the guide and its section', () => {
    expect(parseGuideLink('guides/add-the-pixel')).toEqual({ name: 'add-the-pixel' });
    expect(parseGuideLink('guides/microsoft/enable-capi#steps')).toEqual({ name: 'enable-capi', hash: 'steps' });
    expect(parseGuideLink('guides/consent.md')).toEqual({ name: 'consent' });
  });

  it('returns undefined for a page that is no guide', () => expect(parseGuideLink('reference/config')).toBeUndefined());
});
