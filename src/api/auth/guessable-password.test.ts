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
