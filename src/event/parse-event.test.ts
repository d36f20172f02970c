import { expect, test } from 'vitest';
import { parseEvent } from './parse-event.ts';

const parse = (event: object) => parseEvent(new TextEncoder().encode(JSON.stringify(event)));

test("parseEvent reads the member `uetVid` of an earlier version as the browser id of Microsoft's tag", () => {
  const vid = '9ccda220f5b311efb7e7611f6b0a02aa';
  const identity = { forms: {}, clickIds: {}, anonymousId: 'us' };
  expect(parse({ v: 1, identity: { ...identity, uetVid: vid } }).identity).toEqual({ ...identity, browserIds: { _uetvid: vid } });
  expect(parse({ v: 1, identity }).identity).toEqual(identity);
});

test('parseEvent throws for bytes that are no UTF-8', () => {
  expect(() => parseEvent(new Uint8Array([0xff]))).toThrow();
});
