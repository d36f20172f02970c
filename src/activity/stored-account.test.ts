import { expect, it } from 'vitest';
import { findStoredAccount, nameStoredAccount, toStoredAccount } from './stored-account.ts';

const anna = { id: 'a'.repeat(16), name: 'anna', createdAt: 100 };
const other = { id: 'b'.repeat(16), name: 'anna', createdAt: 300 };

it('a stored account is shown by its present name', () => {
  const stored = toStoredAccount([anna], 'anna');
  expect(stored).not.toContain('anna');
  expect(nameStoredAccount([anna], stored, 200)).toBe('anna');
  expect(nameStoredAccount([{ ...anna, name: 'anna.b' }], stored, 200)).toBe('anna.b');
});

it('an account that was removed is not shown as the person who has its name now', () => {
  const stored = toStoredAccount([anna], 'anna');
  for (const row of [stored, 'anna']) {
    expect(nameStoredAccount([other], row, 200)).toBe('an account that was removed');
    expect(findStoredAccount([other], row, 200)).toBeUndefined();
    expect(nameStoredAccount([], row, 200)).toBe('an account that was removed');
  }
});

it('a name that an earlier version stored is shown if its account is older than the row', () => {
  expect(nameStoredAccount([anna], 'anna', 200)).toBe('anna');
});

it('a source that is no account keeps its words', () => {
  for (const source of ['the dashboard', 'the command line', 'the config file'])
    expect(nameStoredAccount([anna], source, 200)).toBe(source);
});
