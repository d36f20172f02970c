import { expect, it } from 'vitest';
import { storedAnswer } from './stored-answer.ts';

const stored = (body: string) => storedAnswer({ status: 400, headers: {}, body, incomplete: false });

it('an answer without personal values is kept as it came', () => {
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
])('the value that the vendor echoes is masked: %s', (_, body, expected) => {
  expect(stored(body)).toBe(expected);
});

it.each([
  ['an object in an object', '{"attemptedValue":{"a":{"b":"Jane"},"c":"Doe"},"index":1}'],
  ['a list of objects', '{"attemptedValue":{"items":[{"name":"Jane"}],"searchTerm":"Doe"},"index":1}'],
  ['brackets within a string', '{"attemptedValue":["a]b}","Jane","Doe"],"index":1}'],
  ['a list in a list', '{"attemptedValue":[["Jane"],"Doe"],"index":1}'],
  ['the name within the value', '{"attemptedValue":{"attemptedValue":"Jane","x":"Doe"},"index":1}'],
])('the value that the vendor echoes is masked to its end: %s', (_, body) => {
  expect(stored(body)).toBe('{"attemptedValue":"[masked]","index":1}');
});

it.each(['jane.doe+x@example.com', 'Jane@Example', 'to:jane@shop.example,', '<jane@example.org>'])(
  'what looks like an e-mail address is masked: %s',
  (text) => {
    expect(stored(`refused ${text} there`)).not.toMatch(/jane|example/i);
  },
);

it.each(['+1 (425) 555-1234', '4255551234', '425.555.1234', '+49 30 901820'])(
  'what looks like a phone number is masked: %s',
  (text) => {
    const kept = stored(`{"message":"${text} is no phone"}`);
    expect(kept).toContain('[masked] is no phone');
    expect(kept).not.toMatch(/\d{3}/);
  },
);

it('hashes, ids and counts stay: they are what one looks for', () => {
  const body = `eventsReceived 1000 for 4b9f2c0000000000${'a1'.repeat(24)} and dd4afcccb1c94a4cad9544dd7e5006ab`;
  expect(stored(body)).toBe(body);
});

it('is bounded to 4,096 characters, and says that more came', () => {
  expect(stored('x'.repeat(4_096))).toBe('x'.repeat(4_096));
  expect(stored('x'.repeat(4_097))).toBe(`${'x'.repeat(4_096)}…`);
});

it.each(Array.from({ length: 12 }, (_, cut) => cut))(
  'where the bound or a lost connection cuts a value, nothing of it is kept (%i)',
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
