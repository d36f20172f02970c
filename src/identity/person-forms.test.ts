import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { codePoint } from '../event/code-point.fixture.ts';
import type { NormalForms } from '../event/event.ts';
import { sha256 } from './hashing.ts';
import { normalizePersonField, type PersonField } from './person-forms.ts';

const ofNothing = sha256('');
const none = undefined;

/** Examples of the platforms' pages, with the hashes that they print, and of addresses that shops send. */
const examples: readonly (readonly [PersonField, string, string | undefined, keyof NormalForms, string])[] = [
  ['firstName', 'Mary', none, 'firstNameLetters', '6915771be1c5aa0c886870b6951b03d7eafc121fea0e80a5ea83beb7c449f4ec'],
  ['firstName', '정', none, 'firstNameLetters', '8fa8cd9c440be61d0151429310034083132b35975c4bea67fdd74158eb51db14'],
  ['firstName', 'Valéry', none, 'firstNameLetters', '08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c'],
  ['firstName', 'Mary Ann', none, 'firstNameLetters', '16b3f07f0ec2f9dd127b71dc2e6c791b7d93116a1c3bc99d057eaa7a8a077e73'],
  ['lastName', "O'Brien-Smith", none, 'lastNameLetters', '16765783f9c8c8a3accf27f1abb877688cb5904c21a4a7afb5f125bcfcb246ba'],
  ['firstName', ' Renée ', none, 'firstNamePlain', 'c40ff11aec12e899a09b7b0067b74c8006e2042a880a9e04bbed42bc9d2506e3'],
  ['lastName', 'Müller', none, 'lastNamePlain', '2dbd218072117713f2d5996a726a9b216ed791ffd0783b6ba4ab6d61b8333192'],
  ['gender', 'Female', none, 'gender', '252f10c83610ebca1a059c0bae8255eba2f95be4d1d7bcfa89d7248a82d9f111'],
  ['gender', 'Female', none, 'genderPinterest', '252f10c83610ebca1a059c0bae8255eba2f95be4d1d7bcfa89d7248a82d9f111'],
  ['gender', 'Male', none, 'genderPinterest', '62c66a7a5dd70c3146618063c344e531e6d4b59e379808443ce962b3abd63c5a'],
  ['gender', 'non-binary', none, 'genderPinterest', '1b16b1df538ba12dc3f97edbb85caa7050d46c148134290feba80f8236c83db9'],
  ['dateOfBirth', '2/16/1997', none, 'dateOfBirth', '01acdbf6ec7b4f478a225f1a246e5d6767eeab1a7ffa17f025265b5b94f40f0c'],
  ['dateOfBirth', '1999-12-31', none, 'dateOfBirth', 'fa820cbac67771fbd20f7d6bf90ebb5c3b6ebc39e7ceff2459d34a5536db2a45'],
  ['city', 'St. Louis', none, 'city', '8ba24bdf99947996f3000259be455de791b06fcc0e802ce05031030df1ee8ea3'],
  ['city', 'São Paulo', none, 'city', '3eda1428ae1aece064071f8d40f08fe2bc59ffa66c171a163caf15122ec4d7f0'],
  ['city', 'München', none, 'city', 'f75c175f552c8b2bf46ef4b282ee782c81cf8687f66a8fe8278cc56fa727503e'],
  ['state', 'California', none, 'state', '6959097001d10501ac7d54c0bdb8db61420f658f2922cc26e46d536119a31126'],
  ['state', 'NY', 'US', 'state', '1b06e2003f8420d6fa42badd8f77ec0f706b976b7a48b13c567dc5a559681683'],
  ['zip', '94035-1234', 'US', 'zip', '1794327a4d443904421f5ca1f3d72d0a62ba2f0770d80755ec2220fc0efb052e'],
  ['zip', '98004-1234', none, 'zip', 'd36bc8c42eee2dc6a3f0e992df37e59b1737e48b703bef613914be1f27a8dd43'],
  ['zip', 'M1 1AE', 'GB', 'zip', '1dc694c2070e697769fb959b50671d76cafd430d8ca191fbdd0affcaea344ac5'],
  ['zip', '10001', none, 'zipDigits', 'e443169117a184f91186b401133b20be670c7c0896f9886075e5d9b81e9d076b'],
  ['country', 'US', none, 'country', '79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621'],
  ['country', 'DE', none, 'country', '959a45d44e6fcf58361ed004681556fe50129f2109e817dec098c00c9e5d2578'],
];

test.each(examples)('the form of %s %j (country %s) is that of the platforms: %s', (field, text, country, form, hash) => {
  expect(normalizePersonField(field, text, country)?.[form]).toBe(hash);
});

describe('a state', () => {
  test.each([
    ['New York', 'US', 'ny'],
    ['US-CA', 'US', 'ca'],
    ['District of Columbia', none, 'dc'],
    ['Georgia', none, 'ga'],
    ['Georgia', 'GE', 'georgia'],
    ['Nordrhein-Westfalen', 'DE', 'nordrheinwestfalen'],
    ['ON', 'CA', 'on'],
    ['Ontario', 'US', 'ontario'],
    ['Ontario', none, 'ontario'],
    ['東京都', 'JP', '東京都'],
  ])('%j of %s is hashed as %s', (text, country, form) => {
    expect(normalizePersonField('state', text, country)).toEqual({ state: sha256(form) });
  });
});

test.each([
  ['Ontario', 'ontario', 'on'],
  ['British Columbia', 'britishcolumbia', 'bc'],
  ['Québec', 'québec', 'qc'],
  ['Île-du-Prince-Édouard', 'îleduprinceédouard', 'pe'],
])('the Canadian province %j is hashed by name, and as its code where a platform asks for codes', (text, name, code) => {
  expect(normalizePersonField('state', text, 'CA')).toEqual({ state: sha256(name), provinceCode: sha256(code) });
});

describe('a postal code', () => {
  test.each([
    ['10001-1234', 'US', '10001', '10001'],
    ['100011234', 'US', '10001', '10001'],
    ['01310-100', 'BR', '01310100', '01310100'],
    ['〒100-0001', 'JP', '1000001', '1000001'],
    ['sw1a 2aa', 'GB', 'sw1a2aa', '12'],
  ])('%j of %s is hashed as %s, and its digits as %s', (text, country, zip, digits) => {
    expect(normalizePersonField('zip', text, country)).toEqual({ zip: sha256(zip), zipDigits: sha256(digits) });
  });

  test('without digits has no form of digits', () => {
    expect(normalizePersonField('zip', 'abc', 'GB')).toEqual({ zip: sha256('abc') });
  });
});

describe('a date of birth', () => {
  test.each(['1997-02-16', '19970216', '1997/02/16', '1997-02-16T00:00:00Z', '16.2.1997', '16.02.1997', '16/2/1997'])(
    '%j is one day in each of its spellings',
    (text) => {
      expect(normalizePersonField('dateOfBirth', text)).toEqual({ dateOfBirth: sha256('19970216') });
    },
  );

  test.each([
    ['2/3/1997', '19970203'],
    ['02/03/1997', '19970203'],
    ['16/2/1997', '19970216'],
    ['2.3.1997', '19970302'],
  ])('%j begins with the month if the address is in the US and there is such a date', (text, date) => {
    expect(normalizePersonField('dateOfBirth', text, 'US')).toEqual({ dateOfBirth: sha256(date) });
  });

  test.each([none, 'CA', 'GB'])('has no form if day and month may be exchanged and the country is %s', (country) => {
    expect(normalizePersonField('dateOfBirth', '2/3/1997', country)).toBeUndefined();
  });

  test.each(['1997-02-30', '2/3/1997', '0001-01-01', '97-02-16', '16 Feb 1997', '1997-02/16', '01.01.2100'])(
    '%j has no form, because it is no date or more than one',
    (text) => {
      expect(normalizePersonField('dateOfBirth', text)).toBeUndefined();
    },
  );
});

test.each([
  ['gender', 'unknown'],
  ['gender', ''],
  ['firstName', '  '],
  ['city', ' - '],
  ['zip', '--'],
] as const)('the %s %j has no letters form that is the hash of nothing', (field, text) => {
  expect(Object.values(normalizePersonField(field, text) ?? {})).not.toContain(ofNothing);
});

test('a non-binary gender has no form where only two are known', () => {
  expect(normalizePersonField('gender', 'non-binary')?.gender).toBeUndefined();
});

const fields: readonly PersonField[] = [...new Set(examples.map(([field]) => field)), 'street'];
const anyText = fc.oneof(fc.string(), fc.string({ unit: codePoint }), fc.constantFrom('Ångström', '“—”', '   ', '١٢٣', 'ß', 'İ'));

test('the hash of a value never depends on case, or on white space around it', () => {
  // The letters whose case is not a round trip, such as ß, are left out.
  const plain = fc.stringMatching(/^[A-Za-zäöüéñçА-Яа-я0-9 .'-]{1,20}$/);
  fc.assert(
    fc.property(fc.constantFrom(...fields), plain, fc.constantFrom(none, 'US', 'DE'), (field, text, country) => {
      const forms = normalizePersonField(field, text, country);
      expect(normalizePersonField(field, `\t ${text.toUpperCase()}\n`, country)).toEqual(forms);
    }),
  );
});

test('the letters form never depends on punctuation and spaces', () => {
  const marks = fc.array(fc.constantFrom(' ', '.', "'", '-', '’', ',', '\u00a0'), { maxLength: 3 }).map((all) => all.join(''));
  const words = fc.array(fc.stringMatching(/^[a-zäöü]{1,6}$/), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(words, marks, marks, (parts, between, around) => {
      const expected = normalizePersonField('firstName', parts.join(''))?.firstNameLetters;
      const input = around + parts.join(between) + around;
      expect(normalizePersonField('firstName', input)?.firstNameLetters).toBe(expected);
      expect(normalizePersonField('city', input, 'DE')?.city).toBe(expected);
    }),
  );
});

test('a hash is used as it is, in lower case, and never hashed again', () => {
  fc.assert(
    fc.property(fc.constantFrom(...fields), anyText, fc.boolean(), (field, text, isUpper) => {
      const hash = sha256(`x${text}`);
      const forms = normalizePersonField(field, isUpper ? hash.toUpperCase() : hash) ?? {};
      expect(new Set(Object.values(forms))).toEqual(new Set([hash]));
    }),
  );
  for (const field of fields) expect(normalizePersonField(field, ofNothing)).toBeUndefined();
});

test('no text is hashed as nothing, and no form is readable', () => {
  fc.assert(
    fc.property(fc.constantFrom(...fields), anyText, fc.constantFrom(none, 'US', 'GB'), (field, text, country) => {
      for (const hash of Object.values(normalizePersonField(field, text, country) ?? {})) {
        expect(hash).toMatch(/^[0-9a-f]{64}$/);
        expect(hash).not.toBe(ofNothing);
      }
    }),
  );
});
