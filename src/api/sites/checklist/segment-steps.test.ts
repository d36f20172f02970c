import { expect, it } from 'vitest';
import { dayMs } from '../../../event/units.ts';
import { segmentSteps } from './segment-steps.ts';

it('a server with a public key is a problem until it has not used one for a day', () => {
  const used = { messages: 1_234, lastAt: 0 };
  expect(segmentSteps(used, dayMs - 1)).toMatchObject([
    { state: 'problem', says: expect.stringContaining("They count as a browser's"), at: 0 },
  ]);
  expect(segmentSteps(used, dayMs)).toEqual([]);
  expect(segmentSteps(undefined, 0)).toEqual([]);
});
