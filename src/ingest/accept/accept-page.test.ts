import { describe, expect, test } from 'vitest';
import type { Connection } from '../../event/site.ts';
import { shop } from '../site.fixture.ts';
import { accepted, codes } from './accept.fixture.ts';

describe('a page', () => {
  test('is kept without blank fields and without credentials in its URL', () => {
    const loadId = 'BCF3000B-65FA-4CD2-808A-8A6CF2B1D0A5';
    const event = accepted({
      page: {
        url: 'https://jane:pw@shop.example/a?b=1#c',
        referrer: '',
        title: ' Thanks ',
        keywords: 'a,b',
        loadId,
        browserTag: 'Blocked',
      },
    });
    expect(event.page).toEqual({
      url: 'https://shop.example/a?b=1#c',
      title: 'Thanks',
      keywords: 'a,b',
      loadId: loadId.toLowerCase(),
      browserTags: { microsoft: 'blocked' },
    });
    expect(event.warnings).toEqual([]);
  });

  test.each([
    ['https://shop.example/a?convey_debug=t-o_k&b=1#c', 'https://shop.example/a?b=1#c'],
    ['https://shop.example/a?b=1&convey_debug=token#c', 'https://shop.example/a?b=1#c'],
    ['https://shop.example/?convey_debug=token', 'https://shop.example/'],
  ])('has no token of the dashboard in the URL %s', (url, stored) => {
    expect(accepted({ page: { url, referrer: url } }).page).toMatchObject({ url: stored, referrer: stored });
  });

  test("has the tag state `none` if the site's tag is off and `ran` otherwise, when it states none", () => {
    expect(accepted({}).page).toEqual({ browserTags: { microsoft: 'none' } });
    expect(accepted({}, { site: { ...shop, tags: { microsoft: { mode: 'attach' } } } }).page).toEqual({
      browserTags: { microsoft: 'ran' },
    });
  });

  test('has the tag state `none` if the pixel does not load the tag of a platform that the gateway simulates', () => {
    const simulated = { id: 'sim', destination: 'microsoft', enabled: true, settings: {}, isSimulated: true } as const;
    const getState = (mode: 'attach' | 'load', connections: readonly Connection[]) =>
      accepted({}, { site: { ...shop, tags: { microsoft: { mode } }, connections } }).page.browserTags?.microsoft;
    expect(getState('load', [simulated])).toBe('none');
    expect(getState('load', [{ ...simulated, enabled: false }])).toBe('ran');
    expect(getState('load', [simulated, { id: 'real', destination: 'microsoft', enabled: true, settings: {} }])).toBe('ran');
    // The page itself loads an attached tag.
    expect(getState('attach', [simulated])).toBe('ran');
  });

  test("has each tag's state by destination, and Microsoft's also by its earlier name", () => {
    const tags = (page: object) => accepted({ page }).page.browserTags;
    expect(tags({ browserTags: { microsoft: 'RAN', unheard: 'ran' } })).toEqual({ microsoft: 'ran' });
    expect(tags({ browserTag: 'ran', browserTags: { microsoft: 'blocked' } })).toEqual({ microsoft: 'blocked' });
    expect(tags({ browserTag: 'ran', browserTags: {} })).toEqual({ microsoft: 'ran' });
    expect(tags(JSON.parse('{"browserTags": {"__proto__": "ran", "constructor": "ran"}}'))).toEqual({ microsoft: 'none' });
    const event = accepted({ page: { browserTags: { microsoft: '<img>' } } });
    expect(event.page.browserTags).toEqual({ microsoft: 'none' });
    expect(codes(event)).toEqual(['page.browserTags.microsoft malformed']);
    expect(codes(accepted({ page: { browserTags: 'ran' } }))).toEqual(['page.browserTags wrong-type']);
  });

  test('loses only wrong fields, and the event is kept', () => {
    const event = accepted({
      page: { url: '/thanks', title: 7, keywords: ['a'], loadId: 'x', browserTag: 'maybe', referrer: 'x'.repeat(9_000) },
    });
    expect(event.page).toEqual({ browserTags: { microsoft: 'none' } });
    expect(codes(event)).toEqual([
      'page.url malformed',
      'page.referrer too-long',
      'page.title wrong-type',
      'page.keywords wrong-type',
      'page.loadId malformed',
      'page.browserTag malformed',
    ]);
  });

  test.each([
    ['https://shop.example/a b', 'https://shop.example/a%20b'],
    ['https:/shop.example/a', 'https://shop.example/a'],
    ['https:///shop.example/a', 'https://shop.example/a'],
    ['https:\\\\shop.example', 'https://shop.example/'],
    ['https://shop.example/ü?q=a%zz', 'https://shop.example/ü?q=a%zz'],
    ['android-app://com.example', 'android-app://com.example'],
  ])('has its URL rewritten when parsers read it differently (%j)', (url, plain) => {
    const event = accepted({ page: { url, referrer: url } });
    expect(event.page).toMatchObject({ url: plain, referrer: plain });
    expect(event.warnings).toEqual([]);
  });

  test.each(['https://shop.example\\', 'app://shop.example\\', 'app://shop.example/\\'])(
    'has no personal data after a backslash in its URL (%j)',
    (start) => {
      const user = { email: 'jane.doe@shop.example', phone: '+1 425 555 1234' };
      for (const secret of ['jane.doe@shop.example', '425-555-1234']) {
        const url = start + secret;
        const { page } = accepted({ user, page: { url, referrer: url } });
        expect(JSON.stringify(page)).not.toMatch(/jane|1234/);
      }
    },
  );

  test('may be on a host that looks like the e-mail address with a dot for the at sign', () => {
    expect(accepted({ user: { email: 'hello@shop.example' }, page: { url: 'https://hello.shop.example/' } }).page.url).toBe(
      'https://hello.shop.example/',
    );
  });
});

test('personal data is removed from every string, and the warnings name the fields', () => {
  const event = accepted({
    user: { email: 'Jane.Doe@Shop.example', phone: '+1 425 555 1234', userAgent: 'App/1 jane.doe@shop.example' },
    page: { url: 'https://shop.example/t/jane.doe%40shop.example?phone=9&a=1#email=z', title: 'Thanks 425-555-1234' },
    commerce: { searchTerm: 'joe@shop.example', items: [{ name: 'For JANE.DOE@shop.example', id: '14255551234' }] },
    goal: { label: 'jane doe shop example' },
    properties: {
      note: 'call (425) 5551234',
      contact: { email: 'x', telephone: 4255551234, Mobile: ['1'] },
      isMobile: true,
      'jane.doe@shop.example': 1,
    },
  });
  expect(event.page).toMatchObject({
    url: 'https://shop.example/t/[removed]?phone=[removed]&a=1#email=[removed]',
    title: 'Thanks [removed]',
  });
  expect(event.client.userAgent).toBe('App/1 [removed]');
  expect(event.commerce).toMatchObject({ searchTerm: '[removed]', items: [{ name: 'For [removed]', id: '[removed]' }] });
  expect(event.goal.label).toBe('[removed]');
  expect({ ...event.properties }).toEqual({
    note: 'call ([removed]',
    contact: { email: '[removed]', telephone: '[removed]', Mobile: '[removed]' },
    isMobile: true,
    '[removed]': 1,
  });
  expect(JSON.stringify(event).toLowerCase()).not.toMatch(/jane|joe|5551234/);
  expect(codes(event)).toContain('page.url personal-removed');
});
