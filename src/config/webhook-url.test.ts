import { expect, test } from 'vitest';
import { bindConnection } from './sites.ts';

const secret = `whsec_${Buffer.from('secret of a receiver, 32 bytes!!').toString('base64')}`;

const bind = (url: string, allowPrivate = false) =>
  bindConnection({ id: 'hook', destination: 'webhook', enabled: true, settings: { url, secrets: [secret] } }, '', allowPrivate);

test.each([
  'http://hooks.shop.example/',
  'https://127.0.0.1/',
  'https://10.1.2.3/receive',
  'https://192.168.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://[::1]/',
  'https://[fd00::1]/',
  'https://2130706433/',
  'https://hooks.shop.example:22/',
])('a webhook to %s is refused, unless the config file allows private destinations', (url) => {
  expect(bind(url)).toMatchObject({
    problems: [{ path: 'settings.url', message: expect.stringContaining('Is not allowed') }],
  });
  expect(bind(url, true)).toHaveProperty('platform');
});

test('a webhook to a public https address is allowed', () => {
  expect(bind('https://hooks.shop.example:8443/convey?tenant=7')).toHaveProperty('platform');
});
