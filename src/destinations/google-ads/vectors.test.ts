import { describe, expect, test } from 'vitest';
import { normalizeGivenHash } from '../../identity/hashing.ts';
import { normalizeEmail, normalizePhone, parsePhone } from '../../identity/normal-forms.ts';

describe("§3.1 the e-mail in Google's form", () => {
  test.each([
    [' Jane.Doe+Shop@Gmail.com ', 'd6117306485ed0e50afab3ac871e98f81699151f30281527d63ff5f233656c69'],
    ['JANE.DOE@googlemail.com', '338abf9ef1c8793cadc7bcf51ed595338eb727ed9e06ce3d91d566d60b975937'],
    ['Jane.Doe+Shop@example.com', 'bb55843f3da2af28071cd4be7ae1e05989dc6d3ea4833906f7d8fe4be35afad8'],
    ['jane.doe+shop@gmail.com.br', '6a5ff642190ccf635d2e6579863fdd7d2533a2097203c2acea9e5143bf6c6900'],
    ['jane.doe@mail.gmail.com', '83948b6a61129e25b197dcde02c76be87435c73f6982cb1a20e30c849d5c3881'],
    ["o'neil.pat@example.org", '425e36b8e1290968e96cf554d42ec4af65b9c75d27430761855b125dc45a20cc'],
    ['jos\u00e9@example.com', 'b0a53cf19e34d05b57bced7365c6b00ddbe38d62957e863de2a66a56c3b42cea'],
    ['jose\u0301@example.com', '70d72e4a4d0b058a595bd869112d4662c14264676acff2c866e0a29888d9d62d'],
    ['+promo@gmail.com', undefined],
    ['..@gmail.com', undefined],
    ['a b@gmail.com', undefined],
    ['', undefined],
  ])('%j', (given, hash) => {
    expect(normalizeEmail(given)?.emailGoogle).toBe(hash);
  });
});

describe('§3.2 the phone in E.164', () => {
  test.each([
    ['+1 (425) 555-0123', undefined, '6dee31cf75946e409817e979fe66f9260b44eb804f3c6acc1cff462048efa4b6'],
    ['020 7183 8750', 'GB', 'e631c2534428c6c9b48c2167604a8983046085e43a2c00ed748733c544c0bb4d'],
    ['020 7183 8750', undefined, undefined],
    ['+39 06 1234 5678', undefined, '37b702607839d6dc5fc81d95b52e550e336413bf7ae2e04cafeca79f066ea44b'],
  ])('%j in %s', (given, country, hash) => {
    const phone = parsePhone(given, country);
    expect(phone && normalizePhone(phone).phoneE164).toBe(hash);
  });
});

test('§3.3 a hash in capitals is lower-cased and not hashed again', () => {
  const hash = '86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d';
  expect(normalizeGivenHash(hash.toUpperCase())).toBe(hash);
});
