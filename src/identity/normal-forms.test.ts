import fc from 'fast-check';
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { describe, expect, test } from 'vitest';
import { hashExternalId, normalizeGivenHash, sha256 } from './hashing.ts';
import { normalizeEmail, normalizePhone, parsePhone } from './normal-forms.ts';

const john = 'ec81f3ac7b2b19675bab9d54cf416f9f18cff87c97da5cca82c0f0891bc40602';
const us = 'c59475d96e9f01d7d18d06cfad84dd02333207f02c0c2c5663ef2782cda0390e';
const dk = 'be1c4e017f32a6ada65f06b76b4237927cec49433c4dc04c83d4a4313a06b6ef';
const ofNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

describe('an e-mail address', () => {
  test.each([
    ['john@contoso.com', john],
    ['  John@Contoso.COM \n', john],
    ['jo.hn@contoso.com', john],
    ['J.O.H.N+a.b+c@contoso.com', john],
    ['John.Doe+promo@Contoso.com', '7272c6a41efa18b518d5789e2336282715b23c50a51cc2890643bdaa97b96840'],
    ['jane.doe+shopping@gmail.com', 'd6117306485ed0e50afab3ac871e98f81699151f30281527d63ff5f233656c69'],
    ['user@sub.mail.example.co.uk', '6add82ec9ba190e8655da8df5dd3836207f06c77795d16d6357279c43441dea5'],
    ['user@EXAMPLE.com', 'b4c9a289323b21a01c3e940f150eb9b8c542587f1abfd8f0e1cc1ffc5e475514'],
    ["o'neil.pat@example.org", 'e668e60b45855a160f86e447bfdf5cf147e6d7f062c3390595cddc01e932da60'],
    ['josé@example.com', 'b0a53cf19e34d05b57bced7365c6b00ddbe38d62957e863de2a66a56c3b42cea'],
    ['jose\u0301@example.com', 'b0a53cf19e34d05b57bced7365c6b00ddbe38d62957e863de2a66a56c3b42cea'],
  ])("takes Microsoft's form for any domain (%j)", (input, hash) => {
    expect(normalizeEmail(input)?.emailMicrosoft).toBe(hash);
  });

  test.each([
    ['John.Doe+promo@Contoso.com', '3aad41169a1dbe259602837d7fafe4b8d2275de4d0065c671e03d53458cfb21c'],
    ['John.Doe+promo@Contoso.com', 'c6d889a09c4a25d22fe412e00203741bc24aa5fd5fa0aaac7540a13493ca5212'],
    ['josé@example.com', 'b12dcff163bf9a9349a168651427cf2c1b18b64c209a198f95ef5772881cdc4d'],
  ])('is never hashed for Microsoft with another treatment of dots, alias or accents (%j)', (input, wrong) => {
    expect(normalizeEmail(input)?.emailMicrosoft).toBeDefined();
    expect(normalizeEmail(input)?.emailMicrosoft).not.toBe(wrong);
  });

  test('keeps dots and alias in its plain form', () => {
    expect(normalizeEmail(' John.Doe+promo@Contoso.com')?.emailPlain).toBe(
      '3aad41169a1dbe259602837d7fafe4b8d2275de4d0065c671e03d53458cfb21c',
    );
  });

  test("has no form for Microsoft when its user part is only an alias, and none at all at Google's own domain", () => {
    const plain = sha256('+tag@example.com');
    expect(normalizeEmail('+tag@example.com')).toEqual({ emailPlain: plain, emailGoogle: plain });
    expect(normalizeEmail('..+tag@gmail.com')).toBeUndefined();
  });

  test.each([
    [' Jane.Doe+Shop@Gmail.com ', 'd6117306485ed0e50afab3ac871e98f81699151f30281527d63ff5f233656c69'],
    ['JANE.DOE@googlemail.com', '338abf9ef1c8793cadc7bcf51ed595338eb727ed9e06ce3d91d566d60b975937'],
    ['Jane.Doe+Shop@example.com', 'bb55843f3da2af28071cd4be7ae1e05989dc6d3ea4833906f7d8fe4be35afad8'],
    ['jane.doe+shop@gmail.com.br', '6a5ff642190ccf635d2e6579863fdd7d2533a2097203c2acea9e5143bf6c6900'],
    ['jane.doe@mail.gmail.com', '83948b6a61129e25b197dcde02c76be87435c73f6982cb1a20e30c849d5c3881'],
    ["o'neil.pat@example.org", '425e36b8e1290968e96cf554d42ec4af65b9c75d27430761855b125dc45a20cc'],
    ['josé@example.com', 'b0a53cf19e34d05b57bced7365c6b00ddbe38d62957e863de2a66a56c3b42cea'],
    ['jose\u0301@example.com', '70d72e4a4d0b058a595bd869112d4662c14264676acff2c866e0a29888d9d62d'],
  ])("takes Google's form for Google's own domains only (%j)", (value, hash) => {
    expect(normalizeEmail(value)?.emailGoogle).toBe(hash);
  });

  test('is split at its last at sign', () => {
    expect(normalizeEmail('"a@b.c"@Example.com')?.emailMicrosoft).toBe(sha256('"a@bc"@example.com'));
  });

  test.each([
    '',
    '   ',
    'jane',
    'jane@',
    '@example.com',
    'jane@example',
    'jane@.com',
    'jane@example.',
    'ja ne@example.com',
    `${'a'.repeat(400)}@example.com`,
    '+@gmail.com',
    '+shop@Gmail.com',
    '..@googlemail.com',
  ])('has no form when malformed (%j)', (input) => {
    expect(normalizeEmail(input)).toBeUndefined();
  });
});

test('an e-mail address has in each form the hash of its text, also where forms are equal', () => {
  const part = fc.string({ unit: fc.constantFrom(...'abZ.+é'), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(part, fc.constantFrom('@shop.example', '@Gmail.com', '@googlemail.com', '@hotmail.com'), (user, domain) => {
      const plain = `${user}${domain}`.toLowerCase();
      const [name = ''] = user.toLowerCase().split('+');
      const bare = name.replaceAll('.', '') + domain.toLowerCase();
      const isBare = !bare.startsWith('@');
      const isGoogle = /@(gmail|googlemail)\.com$/.test(plain);
      const forms = {
        ...(isBare && { emailMicrosoft: sha256(bare.normalize('NFC')) }),
        emailPlain: sha256(plain),
        emailGoogle: sha256(isGoogle ? bare : plain),
      };
      expect(normalizeEmail(user + domain)).toEqual(isBare || !isGoogle ? forms : undefined);
    }),
    { seed: 22, numRuns: 500 },
  );
});

describe('a phone number', () => {
  test.each([
    ['+14255551234', undefined, us],
    ['+1 (425) 555-1234', undefined, us],
    ['+45 20 12 34 56', undefined, dk],
    ['+44 20 7183 8750', undefined, 'e631c2534428c6c9b48c2167604a8983046085e43a2c00ed748733c544c0bb4d'],
    ['+46 70-123 45 67', undefined, '19317f0437d748c2e75c9d451197ae3ccc2e67c6d1e05cba41f25e639e3a7528'],
    ['+81 90 1234 5678', undefined, '3d06a39d40790f11761295e053029378ae28c4b4f6f301693005e079f3d4ca64'],
    ['0045 20 12 34 56', 'DE', dk],
    ['00 45 20 12 34 56', 'BR', dk],
    ['(00) 45 20 12 34 56', 'AU', dk],
    ['001 425 555 1234', 'JP', us],
    ['001 (425) 555-1234', 'US', us],
    ['0014255551234', 'CA', us],
    ['005511987654321', 'BR', '38225ec3dccec4189659c110ddc4f3dc9c27539850cb6a9ddae31ae03a5cf441'],
    ['005511987654321', 'ID', '38225ec3dccec4189659c110ddc4f3dc9c27539850cb6a9ddae31ae03a5cf441'],
    ['tel:+1-425-555-1234', undefined, us],
    ['TEL:+1(425)555.1234;ext=12', 'DE', us],
    ['tel:+4520123456;isub=1;x=y', 'US', dk],
    ['4255551234', 'US', us],
    ['(425) 555-1234', 'US', us],
  ])('is hashed with plus and country code (%j, default country %s)', (input, country, hash) => {
    const phone = parsePhone(input, country);
    expect(phone && normalizePhone(phone).phoneE164).toBe(hash);
  });

  test.each([
    'f8a0621a89b87b16447d34d2169bdba8e3eaae523b45df87d86108ee65bd1d6f',
    '9c7807477c514aa87e5450ad3eed1f85dd0eb1c469f7f482baccfc2d448bef4b',
  ])('is never hashed for Microsoft without its plus or with its brackets (%s)', (wrong) => {
    const phone = parsePhone('+1 (425) 555-1234');
    expect(phone && normalizePhone(phone).phoneE164).toBe(us);
    expect(phone && normalizePhone(phone).phoneE164).not.toBe(wrong);
  });

  test.each(['tel:425-555-1234', 'tel:', 'tel:+', 'sms:+14255551234', 'tel:+14255551234 x'])(
    'is none in a link without a global number (%s)',
    (input) => {
      expect(parsePhone(input)).toBeUndefined();
      expect(parsePhone(input, 'US')).toBeUndefined();
    },
  );

  test("loses its plus in Meta's form", () => {
    const phone = parsePhone('+1 (425) 555-1234');
    expect(phone && normalizePhone(phone).phoneDigits).toBe('f8a0621a89b87b16447d34d2169bdba8e3eaae523b45df87d86108ee65bd1d6f');
  });

  test('is read like the library reads it, in any punctuation and for any default country', () => {
    const digit = fc.integer({ min: 0, max: 9 });
    const separator = fc.constantFrom('', '', '', ' ', '-', '.', '  ', '/', '(', ')');
    const prefix = fc.constantFrom('+1', '+1 ', '+1-', '1', '1 ', '', '', '+', '+1(', '(', '+1 (', '011', '+44', '+52');
    const number = fc
      .tuple(prefix, fc.array(fc.tuple(digit, separator), { minLength: 9, maxLength: 11 }))
      .map(([start, parts]) => start + parts.flat().join(''));
    const usual = fc
      .tuple(
        fc.constantFrom('+1 (', '(', '+1', ''),
        fc.integer({ min: 0, max: 999 }),
        fc.constantFrom(') ', ')', '', ' '),
        fc.nat(9_999_999),
      )
      .map(([start, area, end, line]) => `${start}${String(area).padStart(3, '0')}${end}${String(line).padStart(7, '0')}`);
    const country = fc.constantFrom(undefined, 'US', 'US', 'CA', 'DE', 'GB', 'BS', 'AG', 'MX');
    fc.assert(
      fc.property(fc.oneof(number, usual), country, (text, defaultCountry) => {
        fc.pre(!/^\(?0\D*0/.test(text)); // `00` counts as `+` in every country.
        const read = parsePhoneNumberFromString(text.trim(), { ...(defaultCountry && { defaultCountry }), extract: false });
        const expected = read?.isPossible() ? { e164: read.number, national: read.nationalNumber } : undefined;
        expect(parsePhone(text, defaultCountry)).toEqual(expected);
      }),
      { seed: 22, numRuns: 2_000 },
    );
  });

  test.each([
    ['4255551234', undefined],
    ['0045 20 12 34 56', undefined],
    ['4255551234', 'XX'],
    ['+999 123', undefined],
    ['call me', 'US'],
    ['12', 'US'],
    [`+1${'4'.repeat(8000)}`, 'US'],
  ])('is not guessed (%j, default country %s)', (input, country) => {
    expect(parsePhone(input, country)).toBeUndefined();
  });
});

describe('a submitted hash', () => {
  test('is lower-cased and never hashed again', () => {
    expect(normalizeGivenHash(john.toUpperCase())).toBe(john);
    expect(normalizeGivenHash(john)).not.toBe('819f3daa430afed04db99a1701163ef1952c629385c79f8228036398ef4e5787');
  });

  test.each([ofNothing, sha256('null'), sha256('undefined'), 'abc', `${john}0`, john.replace('e', 'g')])(
    'is ignored when it is the hash of an empty value or malformed (%s)',
    (input) => {
      expect(normalizeGivenHash(input)).toBeUndefined();
    },
  );
});

test('an external id is trimmed and hashed in its own case, and kept when already a hash', () => {
  expect(hashExternalId(' Cust-7 ')).toBe(sha256('Cust-7'));
  expect(hashExternalId(john.toUpperCase())).toBe(john);
  expect(hashExternalId(ofNothing)).toBeUndefined();
});
