import fc from 'fast-check';
import { expect, it } from 'vitest';
import { maskResponse } from './mask-response.ts';

const stored = (body: string) => maskResponse({ status: 400, headers: {}, body, incomplete: false });

it('a response without personal data is unchanged', () => {
  const body = '{"error":{"code":"InvalidRequest","details":[{"index":3,"propertyName":"data[3].eventTime","isWarning":false}]}}';
  expect(stored(body)).toBe(body);
});

it.each([
  ['a string', '"attemptedValue":"Jane"', '"attemptedValue":"[masked]"'],
  ['a string with quotes in it', String.raw`"attemptedValue" : "a \"b\" c, d"`, '"attemptedValue":"[masked]"'],
  ['a number', '"attemptedValue":42,"index":1', '"attemptedValue":"[masked]","index":1'],
  ['null', '{"attemptedValue":null}', '{"attemptedValue":"[masked]"}'],
  ['a list', '{"attemptedValue":["Jane","Doe"],"index":1}', '{"attemptedValue":"[masked]","index":1}'],
  ['an object', '{"attemptedValue":{"first":"Jane","last":"Doe"},"index":1}', '{"attemptedValue":"[masked]","index":1}'],
])('an echoed value is masked: %s', (_, body, expected) => {
  expect(stored(body)).toBe(expected);
});

it.each([
  ['an object in an object', '{"attemptedValue":{"a":{"b":"Jane"},"c":"Doe"},"index":1}'],
  ['a list of objects', '{"attemptedValue":{"items":[{"name":"Jane"}],"searchTerm":"Doe"},"index":1}'],
  ['brackets within a string', '{"attemptedValue":["a]b}","Jane","Doe"],"index":1}'],
  ['a list in a list', '{"attemptedValue":[["Jane"],"Doe"],"index":1}'],
  ['the name within the value', '{"attemptedValue":{"attemptedValue":"Jane","x":"Doe"},"index":1}'],
])('an echoed value is masked to its end: %s', (_, body) => {
  expect(stored(body)).toBe('{"attemptedValue":"[masked]","index":1}');
});

it.each(['jane.doe+x@example.com', 'Jane@Example', 'to:jane@shop.example,', '<jane@example.org>'])(
  'an e-mail address is masked: %s',
  (text) => {
    expect(stored(`refused ${text} there`)).not.toMatch(/jane|example/i);
  },
);

it.each(['+1 (425) 555-1234', '4255551234', '425.555.1234', '+49 30 901820'])('a phone number is masked: %s', (text) => {
  const masked = stored(`{"message":"${text} is no phone"}`);
  expect(masked).toContain('[masked] is no phone');
  expect(masked).not.toMatch(/\d{3}/);
});

it.each([
  ['an e-mail address', String.raw`not john\u0040contoso.com.`, 'not [masked]'],
  [
    'an e-mail address between quotation marks',
    String.raw`\u0027john\u0040contoso.com\u0027 is none`,
    String.raw`\u0027[masked]\u0027 is none`,
  ],
  ['letters of an e-mail address', String.raw`not \u006Aohn@contoso.com there`, 'not [masked] there'],
  ['the plus of a phone number', String.raw`not \u002B14255551234 there`, 'not [masked] there'],
  ['the plus in small letters', String.raw`not \u002b1 425\u0020555\u00201234 there`, 'not [masked] there'],
  ['a digit of a phone number', String.raw`not \u00314255551234 there`, 'not [masked] there'],
  ['an e-mail address that was escaped twice', String.raw`not john\\u0040contoso.com there`, 'not [masked] there'],
])('JSON escapes are masked like their characters: %s', (_, body, expected) => {
  expect(stored(body)).toBe(expected);
});

it('escapes without personal data are unchanged', () => {
  const body = String.raw`{"errorMessage":"\u0027em\u0027 must be \u003c 100 \u20ac, \ud83d\uded2, \u00e9\u12"}`;
  expect(stored(body)).toBe(body);
});

it.each(['ph_14255551234', 'ph14255551234', String.raw`\n14255551234`, 'tel+14255551234', '++14255551234'])(
  'a phone number is masked whatever is before it: %s',
  (text) => {
    expect(stored(`{"message":"${text} is no phone"}`)).not.toMatch(/\d{3}/);
  },
);

it('ids and counts are kept for debugging', () => {
  const body = `eventsReceived 1000 for 4b9f2c0000000000${'a1'.repeat(8)} and dd4afcccb1c94a4cad9544dd7e5006ab`;
  expect(stored(body)).toBe(body);
});

it.each(['0198a7c2-11d4-4c5e-9b1f-fcb123456789', 'DEADBEEF-4917-4012-8345-678ABC123456', 'abcd1234567890123456789012345678'])(
  'the id of a request is kept, whatever digits it has: %s',
  (id) => {
    for (const body of [`{"requestId":"${id}"}`, `request ${id}.`, id]) expect(stored(body)).toBe(body);
  },
);

it('a phone number never survives, beside a request id or as most of one', () => {
  const separator = fc.constantFrom('', ' ', '-', '.');
  const phone = fc
    .tuple(fc.constantFrom('', '+'), fc.stringMatching(/^[1-9]\d{8,14}$/), separator)
    .map(([plus, digits, between]) => plus + (digits.match(/\d{1,4}/g) ?? []).join(between));
  const around = fc.constantFrom('', ' ', '"', 'ph_', 'fcb', 'to:', '(', '\\n');
  const random = fc.uuid().filter((id) => id.replace(/[^a-f]/g, '').length >= 4);
  fc.assert(
    fc.property(phone, around, random, fc.boolean(), (number, before, id, isFirst) => {
      const said = `${before}${number} is none`;
      const masked = stored(isFirst ? `${said}, ${id}` : `${id}, ${said}`);
      expect(masked).toContain(id);
      expect(masked.replace(id, '')).not.toMatch(/\d/);
    }),
  );
  expect(stored('00000000-0000-0000-0000-491701234567')).toBe('[masked]');
});

it('a response is limited to 4,096 characters, and a longer one is marked', () => {
  expect(stored('x'.repeat(4_096))).toBe('x'.repeat(4_096));
  expect(stored('x'.repeat(4_097))).toBe(`${'x'.repeat(4_096)}…`);
});

it.each(Array.from({ length: 12 }, (_, cut) => cut))(
  'a value that the limit or a lost connection cuts is removed completely (%i)',
  (cut) => {
    const lead = (tail: string) => `${'x'.repeat(4_096 - tail.length)}${tail}`;
    const email = 'jane.doe@example.com';
    expect(stored(`${lead(` ${email.slice(0, cut + 2)}`)}${email.slice(cut + 2)} and more`)).not.toMatch(/jane/);
    const echo = '"attemptedValue":"Doe, Jane, 12 Main Street"';
    const broken = echo.slice(0, 20 + cut);
    expect(stored(broken)).toBe('"attemptedValue":"[masked]"');
    expect(stored(`${lead(broken)}${echo.slice(20 + cut)}`)).not.toMatch(/Doe|Jane|Main/);
  },
);

it('a hash of a person is masked, as a receiver echoes it', () => {
  const body = `{"received":{"emailPlain":"${'a1'.repeat(32)}","phone":"${'B2'.repeat(32)}"}}`;
  expect(stored(body)).toBe('{"received":{"emailPlain":"[masked]","phone":"[masked]"}}');
});
