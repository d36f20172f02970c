import { describe, expect, it } from 'vitest';
import { defaultCapture } from '../../../event/capture-settings.ts';
import type { FormCapture } from '../../../event/lead-settings.ts';
import { leadSteps } from './lead-steps.ts';

const list = (...modes: FormCapture['mode'][]) =>
  leadSteps({
    capture: { ...defaultCapture, forms: modes.map((mode, at) => ({ mode, selector: `#f${at}`, event: 'Lead', fields: {} })) },
  });

describe('the step about forms in preview', () => {
  it('names them, because they look set up and report nothing', () => {
    expect(list('on', 'preview', 'preview')).toMatchObject([
      { state: 'optional', says: expect.stringContaining('`#f1`, `#f2`') },
    ]);
  });

  it('is absent if no form is previewed', () => {
    expect(list('on', 'off')).toEqual([]);
    expect(leadSteps({})).toEqual([]);
  });
});
