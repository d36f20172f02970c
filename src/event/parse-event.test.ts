import { expect, test } from 'vitest';
import { parseEvent } from './parse-event.ts';

const parse = (event: object) => parseEvent(new TextEncoder().encode(JSON.stringify(event)));

test("parseEvent reads the member `uetVid` of an earlier version as the browser id of Microsoft's tag", () => {
  const vid = '9ccda220f5b311efb7e7611f6b0a02aa';
  const identity = { forms: {}, clickIds: {}, anonymousId: 'us' };
  expect(parse({ v: 1, page: {}, identity: { ...identity, uetVid: vid } }).identity).toEqual({
    ...identity,
    browserIds: { _uetvid: vid },
  });
  expect(parse({ v: 1, page: {}, identity }).identity).toEqual(identity);
});

test("parseEvent reads the member `browserTag` of an earlier version as the state of Microsoft's tag", () => {
  const page = { url: 'https://shop.example/' };
  const parsed = parse({ v: 1, identity: {}, page: { ...page, browserTag: 'ran' } });
  expect(parsed.page).toEqual({ ...page, browserTags: { microsoft: 'ran' } });
  expect(parse({ v: 1, identity: {}, page: { ...page, browserTags: { meta: 'ran' } } }).page).toEqual({
    ...page,
    browserTags: { meta: 'ran' },
  });
});

test('parseEvent throws for bytes that are no UTF-8', () => {
  expect(() => parseEvent(new Uint8Array([0xff]))).toThrow();
});
