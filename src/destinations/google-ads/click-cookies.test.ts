import { describe, expect, test } from 'vitest';
import { findBrowserIds } from '../../visitors/browser-ids.ts';
import { findCookieClickIds } from '../../visitors/click-ids.ts';
import { readClickCookie } from './click-cookies.ts';

describe('§4.4 the form of a cookie', () => {
  test.each([
    ['GCL.1746192459.Cj0KCQjw.2tH-A_wcB', { value: 'Cj0KCQjw.2tH-A_wcB', at: 1_746_192_459_000 }],
    ['2.1.k0AAAAAo4mICGRLW$i1746192459', { value: '0AAAAAo4mICGRLW', at: 1_746_192_459_000 }],
    ['2.1.k0AAAAAo4mICGRLW$i1746192459$u220191118', { value: '0AAAAAo4mICGRLW', at: 1_746_192_459_000 }],
    ['2.1.i1746192459$kCj0', { value: 'Cj0', at: 1_746_192_459_000 }],
    ['2.1.kCj0', { value: 'Cj0' }],
    [' GCL.1746192459.a ', { value: 'a', at: 1_746_192_459_000 }],
  ])('%s is read', (cookie, expected) => {
    expect(readClickCookie(cookie)).toEqual(expected);
  });

  test.each([
    '',
    'Cj0',
    'GCL.x.Cj0',
    'GCL.1746192459.',
    'GCL.1746192459.a b',
    '2.1.',
    '2.1.k$i1',
    '2.1.i1746192459',
    '1.1.1826881778.1773820251',
  ])('“%s” is no click', (cookie) => {
    expect(readClickCookie(cookie)).toBeUndefined();
  });
});

test('§4.4 each of the six cookies has its click id', () => {
  const cookies = { _gcl_aw: 'GCL.1746192459.aw', _gcl_gb: 'GCL.1746192459.gb', _gcl_ag: '2.1.kag$i1746192459' };
  const server = { FPGCLAW: '2.1.kaw$i1746192459', FPGCLGB: '2.1.kgb$i1746192459', FPGCLAG: '2.1.kag$i1746192459' };
  for (const jar of [cookies, server])
    expect(Object.fromEntries([...findCookieClickIds(jar)].map(([name, { value }]) => [name, value]))).toEqual({
      gclid: 'aw',
      wbraid: 'gb',
      gbraid: 'ag',
    });
});

test('§4.4 the newer of two cookies counts', () => {
  const older = '2.1.kold$i1746192458';
  const newer = 'GCL.1746192459.new';
  expect(findCookieClickIds({ _gcl_aw: newer, FPGCLAW: older }).get('gclid')?.value).toBe('new');
  expect(findCookieClickIds({ _gcl_aw: 'GCL.1746192457.old', FPGCLAW: '2.1.knew$i1746192459' }).get('gclid')?.value).toBe('new');
});

test.each([
  ['1.1.1826881778.1773820251', '1.1.1826881778.1773820251'],
  [' 1.1.1826881778.1773820251.1203992345.1773820260 ', '1.1.1826881778.1773820251.1203992345.1773820260'],
  ['1.1.1826881778', undefined],
  ['jane@shop.example', undefined],
  ['', undefined],
])('§4.4 the browser cookie %j is read as %j', (text, id) => {
  expect(findBrowserIds({ _gcl_au: text })?._gcl_au).toBe(id);
});

test('§4.4 the cookies of the source and of the browser are no click ids', () => {
  expect(findCookieClickIds({ _gcl_gs: '2.1.k1$i1746192457$u220191118', _gcl_au: '1.1.1826881778.1773820251' }).size).toBe(0);
});
