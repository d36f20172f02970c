import { expect, it } from 'vitest';
import { createFacts, evaluate, findKeys, gibiByte } from './evaluate.fixture.ts';
import type { GatewayFacts } from './facts.ts';

it('the disk is an alert when it has little space, and urgent when events are refused', () => {
  expect(findKeys(createFacts([], { freeBytes: 4 * gibiByte }))).toEqual([]);
  expect(findKeys(createFacts([], { freeBytes: 4 * gibiByte - 1 }))).toEqual(['disk:default']);
  const judge = (gateway: Partial<GatewayFacts>) => evaluate(createFacts([], gateway), { rules: [{ on: 'disk' }] });
  expect(judge({ refuses: 'browsers' })).toMatchObject([{ verdict: 'fine' }, { verdict: { isUrgent: true } }]);
  expect(judge({ refuses: 'everything', isDiskFull: true })).toMatchObject([
    {},
    { verdict: { title: 'Events are refused, because the disk is full', isUrgent: true } },
  ]);
  expect(judge({ refuses: 'everything' })).toMatchObject([
    { verdict: 'fine' },
    { verdict: { title: 'The gateway refuses all events', sentence: expect.stringContaining('not full'), isUrgent: true } },
  ]);
  const node = { id: 'n1', host: 'web-1' };
  expect(judge({ freeBytes: 0, node })).toMatchObject([
    { key: 'disk:default/n1', node: 'n1', verdict: { title: 'The disk of web-1 is nearly full' } },
    { key: 'disk:default/n1/refused', node: 'n1' },
  ]);
});
