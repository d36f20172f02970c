import { expect, test } from 'vitest';
import { buildEvent, createSha256 } from '../../delivery/delivery.fixture.ts';
import { toEventView } from './event-view.ts';

test('the view of an event has the names of its identifiers, and none of their values', () => {
  const hash = createSha256('a');
  const identity = {
    forms: { emailPlain: hash },
    clickIds: {},
    browserIds: { _uetvid: 'b'.repeat(32) },
    anonymousId: 'visitor-1',
  };
  const view = toEventView(buildEvent('a', { identity, client: { ip: '203.0.113.42' } }), '7');
  expect(view.keys).toEqual(['anonymousId', 'emailPlain', '_uetvid', 'ip']);
  const text = JSON.stringify(view);
  for (const value of [hash, 'b'.repeat(32), 'visitor-1', '203.0.113.42']) expect(text).not.toContain(value);
});

test('the view of a test order names the reason why it is never sent', () => {
  expect(toEventView({ ...buildEvent('a'), notSent: 'test-order' }, '7').notSent).toBe('test-order');
  expect(toEventView(buildEvent('a'), '7')).not.toHaveProperty('notSent');
});

test("the view of an event has the state of Microsoft's tag also by its earlier name", () => {
  const page = { browserTags: { microsoft: 'ran', meta: 'blocked' } } as const;
  expect(toEventView(buildEvent('a', { page }), '7').page).toEqual({ ...page, browserTag: 'ran' });
  expect(toEventView(buildEvent('a', { page: {} }), '7').page).toEqual({});
});
