import { expect, it } from 'vitest';
import { isOwnHost } from './host-guard.ts';

it.each([
  ['127.0.0.1', ['localhost:9090', 'LOCALHOST', 'microsoft.localhost:1', '127.0.0.1:9090', '127.9.9.9', '[::1]:9090']],
  ['simulator', ['simulator:9090', 'localhost']],
  ['0.0.0.0', ['203.0.113.42:9090', 'localhost:9090', '[2001:db8::1]']],
])('a simulator on %s accepts only its own names', (listensOn, names) => {
  for (const name of names) expect(isOwnHost(name, listensOn), name).toBe(true);
  for (const name of [
    undefined,
    '',
    'shop.example',
    '127.0.0.1.shop.example',
    'localhost.shop.example:9090',
    '127.shop.example',
    'a@localhost',
    '[::1].shop.example',
  ])
    expect(isOwnHost(name, listensOn), name).toBe(false);
  expect(isOwnHost('203.0.113.42:9090', listensOn)).toBe(listensOn === '0.0.0.0');
});
