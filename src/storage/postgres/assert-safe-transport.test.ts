import { describe, expect, it } from 'vitest';
import { assertSafeTransport } from './assert-safe-transport.ts';

const check = (url: string, environment: Readonly<Record<string, string>> = {}) => {
  try {
    assertSafeTransport(url, 'store', environment);
    return 'accepted';
  } catch (error) {
    return String(error);
  }
};

describe('the transport to the database', () => {
  it.each([
    'postgres://convey:canary@db.example/convey?sslmode=verify-full',
    'postgres://convey:canary@db.example/convey?sslmode=verify-full&sslrootcert=/etc/ca.pem&application_name=x',
    'postgresql://convey:canary@database/convey?sslmode=disable',
    'postgres://convey:canary@localhost:5432/convey',
    'postgres://convey:canary@LOCALHOST/convey',
    'postgres://convey:canary@127.0.0.2/convey?sslmode=require',
    'postgres://convey:canary@[::1]:5432/convey',
    'postgres://convey:canary@[0:0:0:0:0:0:0:1]/convey',
    'postgres://convey@%2Fvar%2Frun%2Fpostgresql/convey',
    'postgres:///convey?host=/var/run/postgresql',
    'postgres://convey@db.example/convey?host=/var/run/postgresql',
    'postgres://convey@db.example/convey?host=db.example&host=127.0.0.1',
    'postgres:///convey',
  ])('is accepted as it is written: %s', (url) => {
    expect(check(url)).toBe('accepted');
  });

  it.each([
    'postgres://convey:canary@db.example/convey',
    'postgres://convey:canary@10.0.0.5/convey',
    'postgres://convey:canary@[2001:db8::5]/convey',
    'postgres://convey:canary@[::ffff:10.0.0.5]/convey',
    'postgres://convey:canary@a.example,b.example/convey',
    'postgres://convey:canary@127.0.0.1,db.example/convey',
    'postgres://convey:canary@localhost.db.example/convey',
    'postgres://convey:canary@127.0.0.1.db.example/convey',
    'postgres://convey:canary@%64b.example/convey',
    'postgres://convey:canary@%zz/convey',
    'postgres://convey:canary@127.0.0.1/convey?host=db.example',
    'postgres://convey:canary@127.0.0.1/convey?host=127.0.0.1&host=db.example',
    'postgres://convey:canary@db.example/convey?ssl=true',
    'postgres://convey:canary@db.example/convey?sslcert=/etc/cert.pem&sslkey=/etc/key.pem',
    'postgres://convey:canary@db.example/convey?sslrootcert=/etc/ca.pem',
    'postgres://convey:canary@db.example/convey?SSLMODE=verify-full',
  ])('is refused without `sslmode`: %s', (url) => {
    expect(check(url)).toMatch(/`store` names a database on another machine without `sslmode`.*clear text.*sslmode=verify-full/);
    expect(check(url)).not.toContain('canary');
  });

  it.each([
    'sslmode=prefer',
    'sslmode=require',
    'sslmode=require&uselibpqcompat=true',
    'sslmode=verify-ca',
    'sslmode=no-verify',
    'sslmode=allow',
    'sslmode=',
    'sslmode=DISABLE',
    'sslmode=Verify-Full',
    'sslmode=verify-full&sslmode=disable',
    'sslmode=disable&sslmode=disable',
  ])('is refused with another `sslmode`: %s', (query) => {
    const message = check(`postgres://convey:canary@db.example/convey?${query}`);
    expect(message).toMatch(/`sslmode` of `store` must be written once, as `verify-full` or `disable`.*sslmode=verify-full/);
    expect(message).not.toContain('canary');
  });

  it('is read from the URL, and PGHOST is honoured', () => {
    expect(check('postgres://convey@db.example/convey', { PGSSLMODE: 'verify-full' })).toContain('without `sslmode`');
    expect(check('postgres:///convey', { PGHOST: 'db.example' })).toContain('without `sslmode`');
    expect(check('postgres:///convey', { PGHOST: '/var/run/postgresql' })).toBe('accepted');
    expect(check('not a url')).toMatch(/`store` is not a URL/);
  });
});
