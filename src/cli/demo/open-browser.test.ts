import { expect, test } from 'vitest';
import { hasBrowser, openBrowser } from './open-browser.ts';

test.each([
  ['darwin', {}, true],
  ['win32', {}, true],
  ['linux', { DISPLAY: ':0' }, true],
  ['linux', { WAYLAND_DISPLAY: 'wayland-0' }, true],
  ['linux', {}, false],
  ['linux', { DISPLAY: ':0', SSH_CONNECTION: '203.0.113.7 51000 203.0.113.8 22' }, false],
  ['darwin', { CI: 'true' }, false],
  ['freebsd', { DISPLAY: ':0' }, false],
])('hasBrowser answers for %s with %o', (platform, env, expected) => {
  expect(hasBrowser({ platform, env })).toBe(expected);
});

test('openBrowser returns false when the machine has no command for it', async () => {
  expect(await openBrowser('http://127.0.0.1:1/', { platform: 'win32', env: {} })).toBe(false);
});
