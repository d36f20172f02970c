import { expect, it } from 'vitest';
import { formatEventKey } from '../../src/event/event-key.ts';
import { findMiscounts } from './choice-driver.ts';

const stored = ['choice-0', 'choice-1', 'choice-40'].map((id) => ({
  partition: 'shop',
  key: formatEventKey({ name: 'PageView', id, reporter: 'browser' }),
  at: 5,
}));
const row = (version: string, events: number) => ({
  ...{ site: 'shop', bucket: 0, source: 'call', choice: 'denied' },
  ...{ version, events },
});

it('findMiscounts sees a doubled and a lost choice that have the right sum', () => {
  expect(findMiscounts([row('v0', 2), row('v1', 1)], stored)).toEqual([]);
  expect(findMiscounts([row('v0', 1), row('v1', 2)], stored)).toEqual([
    'shop 0 call v0 denied: 1, 2',
    'shop 0 call v1 denied: 2, 1',
  ]);
  expect(findMiscounts([row('v0', 3)], stored)).toHaveLength(2);
});
