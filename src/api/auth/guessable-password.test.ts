import { expect, test } from 'vitest';
import { isGuessable } from './guessable-password.ts';

test.each([
  'passwordpassword',
  'PasswordPassword1',
  '123456789012345',
  'qwertyuiopasdfgh',
  'aaaaaaaaaaaaaaaa',
  'Ada.Of.The.Shop',
])('isGuessable finds that %j is easy to guess', async (password) => {
  expect(await isGuessable(password, 'ada.of.the.shop')).toBe(true);
});

test.each(['four words nobody guesses', 'wall clock river stone', 'K7#vq!pZ2mT9xR4w'])(
  'isGuessable accepts %j',
  async (password) => {
    expect(await isGuessable(password, 'ada')).toBe(false);
  },
);

test('isGuessable judges the first 40 characters of a long password, because more would block the process', async () => {
  expect(await isGuessable(`${'a'.repeat(40)} wall clock river stone`, 'ada')).toBe(true);
  expect(await isGuessable(`wall clock river stone ${'a'.repeat(216)}`, 'ada')).toBe(false);
});
