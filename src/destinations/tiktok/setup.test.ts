import { expect, test } from 'vitest';
import { shop } from '../../ingest/site.fixture.ts';
import { setup } from './setup.ts';

const connection = (settings: object) => ({ id: 'tt', destination: 'tiktok', enabled: true, settings: { ...settings } });
const warn = (mode: 'off' | 'load', settings: object) =>
  setup
    .checkSite?.({ ...shop, tags: { tiktok: { mode } } }, [connection(settings)])
    .map(({ subject, says }) => `${subject} ${says}`);

test('§5.2 a connection that takes no account of the pixel on the pages is warned of', () => {
  expect(warn('load', { browserTag: 'off', pageViews: 'never' })).toEqual([expect.stringMatching(/^tt .*`browserTag` to `on`/)]);
  expect(warn('off', { browserTag: 'off', pageViews: 'always' })).toEqual([]);
});

test('§4.2 page views of pages with the pixel are warned of', () => {
  expect(warn('load', { browserTag: 'on', pageViews: 'always' })).toEqual([
    expect.stringMatching(/^tt .*`pageViews` to `never`/),
  ]);
  expect(warn('load', { browserTag: 'on', pageViews: 'never' })).toEqual([]);
});

test('a test code is warned of', () => {
  expect(warn('off', { testEventCode: 'TEST12345' })).toEqual([expect.stringMatching(/^tt .*Remove `testEventCode`/)]);
});
