import { describe, expect, it } from 'vitest';
import { checkDatabase, type Durability, type ServerState } from './check-settings.ts';

const sound: ServerState = {
  version: 170_005,
  encoding: 'UTF8',
  fsync: 'on',
  fullPageWrites: 'on',
  synchronousCommit: 'on',
  isolation: 'read committed',
  statementTimeout: '0',
  isStandby: false,
  standbyNames: '',
  standbys: 0,
};
// The statement has one row.
const check = (change: Partial<ServerState>, durability?: Durability) =>
  checkDatabase({ read: async <Row>() => [{ ...sound, ...change }] as unknown as Row[] }, durability);

describe('the settings of the database', () => {
  it.each<[string, Partial<ServerState>]>([
    ['server_version', { version: 130_021 }],
    ['server_encoding', { encoding: 'SQL_ASCII' }],
    ['fsync', { fsync: 'off' }],
    ['full_page_writes', { fullPageWrites: 'off' }],
    ['synchronous_commit', { synchronousCommit: 'off' }],
    ['synchronous_commit', { synchronousCommit: 'local' }],
    ['synchronous_commit', { synchronousCommit: 'remote_write' }],
    ['default_transaction_isolation', { isolation: 'repeatable read' }],
    ['statement_timeout', { statementTimeout: '30s' }],
    ['transaction_read_only', { isStandby: true }],
  ])('are refused when %s breaks a promise', async (setting, change) => {
    expect((await check(change)).problems.map((problem) => problem.setting)).toEqual([setting]);
  });

  it.each<[string, Partial<ServerState>, RegExp]>([
    ['no standby', {}, /survives the crash .* not survive the loss of the database.s disk/],
    ['a synchronous standby', { standbyNames: 'b', standbys: 1 }, /survives the loss of the database.s machine/],
    ['a standby that the role may not see', { standbyNames: 'b', standbys: null }, /survives the loss of the database.s machine/],
  ])('say which failures a 202 survives when there is %s', async (_, change, promise) => {
    const { problems, promise: text, risk } = await check(change);
    expect(text).toMatch(promise);
    expect([problems, risk]).toEqual([[], undefined]);
  });

  it('trust the provider with the disk, and never with a commit, when `durability` is `managed`', async () => {
    const { problems, promise } = await check({ fsync: 'off', fullPageWrites: 'off', synchronousCommit: 'off' }, 'managed');
    expect(problems.map(({ setting }) => setting)).toEqual(['synchronous_commit']);
    expect(promise).toMatch(/what your provider promises .* `durability` is `managed`/);
  });

  it('warn when no commit can end because no synchronous standby is connected', async () => {
    expect((await check({ standbyNames: 'b', standbys: 0 })).risk).toContain('Start the standby');
  });
});
