import { expect, it } from 'vitest';
import { findProblemPaths, findProblems, readValidConfig } from './config.fixture.ts';

const store = 'postgres://convey:canary@db.example/convey?sslmode=verify-full';
const environment = { CONVEY_SECRETS_KEY: 'ab'.repeat(32) };

it('a gateway has all roles unless the file lists some of them', () => {
  expect(readValidConfig({}).roles).toEqual(['collect', 'deliver', 'admin']);
  expect(readValidConfig({ store, roles: ['deliver'] }, environment).roles).toEqual(['deliver']);
  expect(readValidConfig({ roles: ['admin', 'deliver', 'collect'] }).roles).toHaveLength(3);
});

it('the config refuses a part of the roles, or a provider’s word, on SQLite', () => {
  expect(findProblems({ roles: ['collect'], durability: 'managed' })).toEqual([
    { path: 'roles', message: expect.stringMatching(/^Must have all roles unless `store` is set.*Remove it, or set `store`/) },
    { path: 'durability', message: expect.stringContaining('Remove it, or set `store`') },
  ]);
});

it('the config refuses no role, an unknown role, and an hour that does not exist', () => {
  for (const roles of [[], ['collect', 'root'], 'collect']) {
    const [problem, ...others] = findProblems({ store, roles }, environment);
    expect([problem?.message, others]).toEqual([expect.stringContaining('collect, deliver, admin'), []]);
    expect(problem?.path).toMatch(/^roles/);
  }
  expect(findProblemPaths({ rewriteHour: 24 })).toEqual(['rewriteHour']);
  expect(readValidConfig({ rewriteHour: null }).rewriteHour).toBeNull();
});
