import { expect, test } from 'vitest';
import { buildEvent, createSha256 } from '../../delivery/delivery.fixture.ts';
import type { Event } from '../../event/event.ts';
import type { Site } from '../../event/site.ts';
import { toEventView } from './event-view.ts';

const shop = {};

test('the view of an event has the names of its identifiers, and none of their values', () => {
  const hash = createSha256('a');
  const identity = {
    forms: { emailPlain: hash },
    clickIds: {},
    browserIds: { _uetvid: 'b'.repeat(32) },
    anonymousId: 'visitor-1',
  };
  const view = toEventView(buildEvent('a', { identity, client: { ip: '203.0.113.42' } }), '7', shop);
  expect(view.keys).toEqual(['anonymousId', 'emailPlain', '_uetvid', 'ip']);
  const text = JSON.stringify(view);
  for (const value of [hash, 'b'.repeat(32), 'visitor-1', '203.0.113.42']) expect(text).not.toContain(value);
});

test('the view of a test order names the reason why it is never sent', () => {
  expect(toEventView({ ...buildEvent('a'), notSent: 'test-order' }, '7', shop).notSent).toBe('test-order');
  expect(toEventView(buildEvent('a'), '7', shop)).not.toHaveProperty('notSent');
});

test("the view of an event has the state of Microsoft's tag also by its earlier name", () => {
  const page = { browserTags: { microsoft: 'ran', meta: 'blocked' } } as const;
  expect(toEventView(buildEvent('a', { page }), '7', shop).page).toEqual({ ...page, browserTag: 'ran' });
  expect(toEventView(buildEvent('a', { page: {} }), '7', shop).page).toEqual({});
});

test('an event is shown with its way in, and a hook with the title of its service', () => {
  const hooks = [
    { id: 'forms', source: 'hubspot', secrets: [] },
    { id: 'crm', source: 'custom', secrets: [] },
  ] as const;
  const show = (more: Partial<Event>, site: Pick<Site, 'hooks'> = { hooks }) =>
    toEventView(buildEvent('a', more), '7', site).reportedBy;
  expect(show({})).toBe('the browser');
  expect(show({ reporter: 'server', via: 'segment' })).toBe('the server by a Segment SDK');
  expect(show({ reporter: 'server', via: 'import' })).toBe('an import');
  expect(show({ reporter: 'webhook', via: 'stripe' })).toBe('Stripe');
  expect(show({ reporter: 'webhook', via: 'hook:forms' })).toBe('the HubSpot hook forms');
  expect(show({ reporter: 'webhook', via: 'hook:crm' })).toBe('the hook crm');
  expect(show({ reporter: 'browser', via: 'hook:crm' })).toBe('the hook crm, not signed');
  expect(show({ reporter: 'webhook', via: 'hook:forms' }, {})).toBe('the hook forms');
});

test('the view of an event has the source of its country', () => {
  const show = (client: Event['client'], more: Partial<Event> = {}) => {
    const { country, countrySource, countryText, keys } = toEventView(buildEvent('a', { client, ...more }), '7', shop);
    return [country, countrySource, countryText, keys.filter((key) => key.startsWith('country'))];
  };
  expect(show({ country: 'US' })).toEqual(['US', 'header', "US, by the proxy's header", ['country']]);
  expect(show({ country: 'US', countryFrom: 'table' })).toEqual(['US', 'table', 'US, by the country tables', ['country']]);
  expect(show({ country: 'US' }, { reporter: 'server' })).toEqual(['US', 'report', 'US, by the report', ['country']]);
  expect(show({})).toEqual([undefined, undefined, 'Not known', []]);
  const denied = { consent: { stated: 'denied', effective: 'denied' } } as const;
  expect(show({}, denied)).toEqual([undefined, undefined, 'Not kept, because consent is denied', []]);
});
