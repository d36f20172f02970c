import { expect, it } from 'vitest';
import { readKey } from '../../config/master-key.ts';
import { openKeyRing } from '../../sites/key-ring.ts';
import { deriveLinkKeys } from '../../sites/link-keys.ts';
import { now, shop } from '../site.fixture.ts';
import { linkTokenMs, mintLinkToken, openLinkToken } from './link-token.ts';

const read = (digit: string) => readKey(digit.repeat(64));
const createKeys = (present: string, old?: string) => {
  const keys = { present: read(present), old: old === undefined ? undefined : read(old) };
  return openKeyRing('/dev/null/none', {
    ...(keys.present && { present: keys.present }),
    ...(keys.old && { old: keys.old }),
  });
};
const [key = ''] = deriveLinkKeys(createKeys('1'), shop.id);
const link = { visitor: '6cb47c00c92011f0a1b2010203040506', domain: 'checkout.example' };

it('a token returns its visitor and domain for 120 seconds, and shows neither', () => {
  const token = mintLinkToken(link, key, now);
  expect(token).toMatch(/^1\.[\w-]+\.[\w-]{22}$/);
  expect(token.length).toBeLessThan(200);
  const text = token.split('.').map((part) => Buffer.from(part, 'base64url').toString('latin1'));
  expect(text.join()).not.toMatch(/6cb47c00|checkout/);
  expect(openLinkToken(token, [key], now + linkTokenMs - 1)).toEqual({ ...link, nonce: expect.any(String) });
  expect(openLinkToken(token, [key], now + linkTokenMs)).toBe('link-expired');
});

it('two tokens of one link have different nonces', () => {
  const nonces = [1, 2].map(() => Object(openLinkToken(mintLinkToken(link, key, now), [key], now)).nonce);
  expect(new Set(nonces).size).toBe(2);
});

it.each([
  ['changed content', (token: string) => token.replace(/\.(.)/, (_, first) => `.${first === 'A' ? 'B' : 'A'}`)],
  ['a changed mac', (token: string) => token.replace(/.(.)$/, (_, last) => `${last === 'A' ? 'w' : 'A'}${last}`)],
  ['another version', (token: string) => token.replace(/^1/, '2')],
  ['a part more', (token: string) => `${token}.x`],
  ['no mac', (token: string) => token.replace(/\.[^.]*$/, '.')],
  ['nothing', () => ''],
  ['a long text', () => `1.${'A'.repeat(100_000)}.${'A'.repeat(22)}`],
])('a token with %s is invalid', (_, forge) => {
  expect(openLinkToken(forge(mintLinkToken(link, key, now)), [key], now)).toBe('link-invalid');
});

it("a token of another site's key is invalid, and one of the key before a rotation is not", () => {
  const token = mintLinkToken(link, key, now);
  expect(openLinkToken(token, deriveLinkKeys(createKeys('1'), 'other'), now)).toBe('link-invalid');
  expect(openLinkToken(token, deriveLinkKeys(createKeys('2'), shop.id), now)).toBe('link-invalid');
  expect(openLinkToken(token, deriveLinkKeys(createKeys('2', '1'), shop.id), now)).toMatchObject(link);
  expect(openLinkToken(token, [], now)).toBe('link-invalid');
});

it('a site whose key cannot be read has no tokens', () => {
  expect(deriveLinkKeys(openKeyRing('/dev/null/none', {}), shop.id)).toEqual([]);
});
