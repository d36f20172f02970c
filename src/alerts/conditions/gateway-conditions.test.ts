import { expect, it } from 'vitest';
import type { GatewayFacts } from '../../issues/facts/facts.ts';
import { createFacts, evaluate, findKeys, gibiByte, now } from './evaluate.fixture.ts';

it('a cluster in which no gateway delivers is an urgent alert without a rule, and ends when one does', () => {
  const channels = [{ id: 'ops' }, { id: 'shop', sites: ['shop'] }];
  const undelivered = createFacts([], { undeliveredSince: now - 60_000 });
  const [judgement, ...others] = evaluate(undelivered, { rules: [], channels }).filter(({ on }) => on === 'no-delivery');
  expect(judgement).toMatchObject({
    key: 'no-delivery',
    channels: ['ops'],
    verdict: { severity: 'urgent', since: now - 60_000 },
  });
  expect(others).toEqual([]);
  const judge = (open: readonly string[]) => evaluate(createFacts([]), { rules: [], open: new Set(open) });
  expect(judge([])).toEqual([]);
  expect(judge(['no-delivery'])).toMatchObject([{ key: 'no-delivery', verdict: 'fine' }]);
});

it('the disk is an alert when it has little space, and urgent when events are refused', () => {
  expect(findKeys(createFacts([], { freeBytes: 4 * gibiByte }))).toEqual([]);
  expect(findKeys(createFacts([], { freeBytes: 4 * gibiByte - 1 }))).toEqual(['disk:default']);
  const judge = (gateway: Partial<GatewayFacts>) => evaluate(createFacts([], gateway), { rules: [{ on: 'disk' }] });
  expect(judge({ refuses: 'browsers' })).toMatchObject([{ verdict: 'fine' }, { verdict: { severity: 'urgent' } }]);
  expect(judge({ refuses: 'everything', isDiskFull: true })).toMatchObject([
    {},
    { verdict: { title: 'Events are refused, because the disk is full', severity: 'urgent' } },
  ]);
  expect(judge({ refuses: 'everything' })).toMatchObject([
    { verdict: 'fine' },
    { verdict: { title: 'The gateway refuses all events', sentence: expect.stringContaining('not full'), severity: 'urgent' } },
  ]);
  const node = { id: 'n1', host: 'web-1' };
  expect(judge({ freeBytes: 0, node })).toMatchObject([
    { key: 'disk:default/n1', node: 'n1', verdict: { title: 'The disk of web-1 is nearly full' } },
    { key: 'disk:default/n1/refused', node: 'n1' },
  ]);
});
