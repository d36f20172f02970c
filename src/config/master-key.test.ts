import { expect, it } from 'vitest';
import { findProblems, readValidConfig } from './config.fixture.ts';

const key = 'ab'.repeat(32);

it('the config reads the secrets key from the environment and never contains it', () => {
  expect(readValidConfig({ secretsKeyFile: 'keys/convey' }).secretsKeyFile).toBe('/srv/shop/keys/convey');
  const config = readValidConfig({}, { CONVEY_SECRETS_KEY: key, CONVEY_SECRETS_KEY_OLD: 'cd'.repeat(32) });
  expect(config.secretsKeys.present?.id).not.toBe(config.secretsKeys.old?.id);
  expect(JSON.stringify(config)).not.toContain('abab');
});

it('the config needs the secrets key in the environment when the data is in a database, and never repeats the password', () => {
  const store = 'postgres://convey:canary-4711@db.example/convey?sslmode=verify-full';
  expect(readValidConfig({ store }, { CONVEY_SECRETS_KEY: key }).store).toBe(store);
  expect(findProblems({ store })).toEqual([
    { path: 'the environment variable CONVEY_SECRETS_KEY', message: expect.stringContaining('openssl rand') },
  ]);
  for (const wrong of ['mysql://convey:canary-4711@db.example', 'canary-4711', 5]) {
    const found = findProblems({ store: wrong });
    expect(found.map(({ path }) => path)).toEqual(['store']);
    expect(JSON.stringify(found)).not.toContain('4711');
  }
});

it('the config names a missing key and an unsafe transport together, and never repeats the password', () => {
  for (const query of ['', '?sslmode=require']) {
    const found = findProblems({ store: `postgres://convey:canary-4711@db.example/convey${query}`, spool: 'always' });
    expect(found.map(({ path }) => path).toSorted()).toEqual(['spool', 'store', 'the environment variable CONVEY_SECRETS_KEY']);
    expect(found.find(({ path }) => path === 'store')?.message).toMatch(/^Must have `sslmode`.*Use `\?sslmode=verify-full`.*\.$/);
    expect(JSON.stringify(found)).not.toContain('4711');
  }
});

it('the config spools in an outage when the data is in a database, unless that is off, and refuses a spool without one', () => {
  const environment = { CONVEY_SECRETS_KEY: key };
  const store = 'postgres://convey@db.example/convey?sslmode=verify-full';
  expect(readValidConfig({}).spool).toBe('off');
  expect(readValidConfig({ store }, environment).spool).toBe('outage');
  expect(readValidConfig({ store, spool: 'off' }, environment).spool).toBe('off');
  expect(findProblems({ spool: 'outage' })).toEqual([{ path: 'spool', message: expect.stringContaining('Needs `store`') }]);
  expect(findProblems({ store, spool: 'always' }, environment)).toEqual([
    { path: 'spool', message: 'Must be `outage` or `off`.' },
  ]);
});

it('the config reports an invalid key of the environment without repeating it', () => {
  const [problem, ...others] = findProblems({}, { CONVEY_SECRETS_KEY: 'canary' });
  expect(others).toEqual([]);
  expect(problem).toMatchObject({
    path: 'the environment variable CONVEY_SECRETS_KEY',
    message: expect.stringContaining('openssl'),
  });
  expect(JSON.stringify(problem)).not.toContain('canary');
});
