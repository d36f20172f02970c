import { describe, expect, it } from 'vitest';
import { createHostGuard } from './host-guard.ts';

describe('the dashboard on loopback', () => {
  const own = createHostGuard({ host: '127.0.0.1' });

  it.each([
    ['127.0.0.1:8081', 'http://127.0.0.1:8081'],
    ['localhost:9000', 'http://localhost:9000'],
    ['LOCALHOST', 'http://localhost'],
    ['[::1]:8081', 'http://[::1]:8081'],
    ['localhost:80', 'http://localhost'],
  ])('is trusted as %s', (host, origin) => {
    expect(own(host)).toEqual({ origin, isSecure: false });
  });

  it.each([
    undefined,
    '',
    'shop.example',
    'shop.example:8081',
    '127.0.0.1.shop.example:8081',
    'localhost.shop.example',
    'localhost@shop.example',
    'shop.example/localhost',
    'localhost, shop.example',
    'localhost#',
    'localhost:99999',
    '203.0.113.5:8081',
    '[2001:db8::1]',
    '0.0.0.0:8081',
    'localhost\u0000',
    '127.0.0.1:8081:1',
  ])('is not trusted as %j', (host) => {
    expect(own(host)).toBeUndefined();
  });
});

describe('the dashboard on a network address', () => {
  it('is trusted by numeric addresses and by the configured name only', () => {
    const own = createHostGuard({ host: 'convey.internal' });
    expect(own('203.0.113.5:8081')).toEqual({ origin: 'http://203.0.113.5:8081', isSecure: false });
    expect(own('convey.internal:8081')).toMatchObject({ origin: 'http://convey.internal:8081' });
    expect(own('localhost:8081')).toBeDefined();
    expect(own('shop.example')).toBeUndefined();
  });

  it('has the origin of its public URL behind a proxy, and is secure only under it', () => {
    const own = createHostGuard({ host: '127.0.0.1', publicUrl: 'https://convey.shop.example' });
    expect(own('convey.shop.example')).toEqual({ origin: 'https://convey.shop.example', isSecure: true });
    expect(own('Convey.Shop.Example:443')).toEqual({ origin: 'https://convey.shop.example', isSecure: true });
    expect(own('127.0.0.1:8081')).toEqual({ origin: 'http://127.0.0.1:8081', isSecure: false });
    expect(own('convey.shop.example:8443')).toBeUndefined();
    expect(own('shop.example')).toBeUndefined();
  });
});
