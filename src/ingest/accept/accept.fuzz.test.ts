import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codePoint } from '../../event/code-point.fixture.ts';
import { parseJson } from '../../net/parse-json.ts';
import { browserContext, now, serverContext, shop } from '../site.fixture.ts';
import { acceptEvent, acceptSignal, type SubmissionContext } from './accept.ts';

const site = { ...shop, defaultCountry: 'US' };
const runs = { numRuns: 1_500 };
const fields = [
  'name',
  'id',
  'time',
  'page',
  'user',
  'clickIds',
  'browserIds',
  'consent',
  'commerce',
  'goal',
  'properties',
] as const;
const inner = [
  'url',
  'referrer',
  'title',
  'email',
  'phone',
  'ip',
  'userAgent',
  'anonymousId',
  'externalId',
  'adStorage',
  'adUserData',
  'firstName',
  'dateOfBirth',
  'address',
  'browserTags',
  '_uetvid',
  'explicit',
  'value',
  'items',
  'hotel',
  'orderId',
  'msclkid',
  'gclid',
  '__proto__',
  'constructor',
];

function run(submission: unknown, reporter = serverContext) {
  let idCount = 0;
  return acceptEvent(submission, reporter, site, now, () => `fresh-${++idCount}`);
}

/** Anything in the documented places. */
const awkward = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.string({ unit: codePoint }),
  fc.constantFrom<unknown>(
    -0,
    1e308,
    Number.POSITIVE_INFINITY,
    '\ud800',
    '\u0000',
    '\ufeff',
    '9'.repeat(400),
    'x'.repeat(8_193),
    'null',
    [],
    {},
  ),
);
const shaped = fc
  .dictionary(fc.constantFrom(...fields), fc.oneof(awkward, fc.dictionary(fc.constantFrom(...inner), awkward)))
  .map((parts) => ({ name: 'Purchase', ...parts }));

test('any JSON becomes an event that can be encoded and decoded, or a rejection with reasons', () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), shaped), fc.constantFrom(serverContext, browserContext), (submission, requester) => {
      const result = run(submission, requester);
      if ('rejection' in result) {
        expect(result.rejection.issues.length).toBeGreaterThan(0);
        return;
      }
      const bytes = new TextEncoder().encode(JSON.stringify(result.event));
      const read = parseJson(bytes);
      expect(read).toHaveProperty('value');
      expect(JSON.stringify('value' in read && read.value)).toBe(JSON.stringify(result.event));
      expect(result.event.id.length).toBeGreaterThan(0);
      expect(result.event.time).toBeLessThanOrEqual(now);
    }),
    runs,
  );
});

test("no event or rejection holds a value of the shopper's name, birth or address", () => {
  const letters = fc.stringMatching(/^[b-df-hj-np-tv-z]{9,14}$/);
  const person = fc.record({
    firstName: letters,
    lastName: letters,
    gender: letters,
    dateOfBirth: letters,
    address: fc.record({ street: letters, city: letters, state: letters, zip: letters, country: letters }),
  });
  const rejections = fc.constantFrom({}, { id: 'jane@shop.example' }, { time: 'never' }, { name: '1' });
  fc.assert(
    fc.property(person, rejections, fc.constantFrom(serverContext, browserContext), (user, broken, requester) => {
      const written = JSON.stringify(run({ name: 'Purchase', user, ...broken }, requester)).toLowerCase();
      for (const value of [user.firstName, user.lastName, user.gender, user.dateOfBirth, ...Object.values(user.address)])
        expect(written).not.toContain(value);
    }),
  );
});

test("no URL query, title or property holds the shopper's name or street, and a path or an item keeps its words", () => {
  const name = fc.stringMatching(/^[A-Z][b-df-hj-np-tv-z]{4,9}$/);
  const person = fc.record({ firstName: name, lastName: name, street: name.map((one) => `12 ${one} Road`) });
  const spelling = fc.constantFrom<(text: string) => string>(
    (text) => text,
    (text) => text.toUpperCase(),
    (text) => text.toLowerCase(),
  );
  const joined = fc.constantFrom(' ', '-', '_', ' / ');
  fc.assert(
    fc.property(
      person,
      spelling,
      joined,
      fc.constantFrom(serverContext, browserContext),
      ({ street, ...user }, spell, join, by) => {
        const all = spell([user.firstName, user.lastName, street].join(join));
        const query = `?a=${encodeURIComponent(all)}&b=${encodeURIComponent(encodeURIComponent(all))}&fname=x#c=${all.replaceAll(' ', '+')}`;
        const path = `https://shop.example/${encodeURIComponent(user.lastName)}-clock`;
        const item = { id: user.lastName, name: user.lastName };
        const properties = { text: all, list: [{ deep: `${all}.` }], url: path + query, zip: '90210', grace_period: 5 };
        const page = { url: path + query, referrer: path + query, title: all, keywords: all };
        const submission = {
          name: 'Lead',
          user: { ...user, address: { street } },
          page,
          commerce: { items: [item] },
          properties,
        };
        const result = run(submission, by);
        if ('rejection' in result) throw new Error('expected an event');
        const { event } = result;
        const written = JSON.stringify([event.page, event.properties]).replaceAll(path, '').toLowerCase();
        const parts = [user.firstName, user.lastName, street.split(' ')[1] ?? street];
        for (const text of parts) expect(written).not.toContain(text.toLowerCase());
        expect(written).not.toContain('90210');
        expect([event.page.url, event.page.referrer].every((url) => url?.startsWith(path))).toBe(true);
        expect([event.commerce.items?.[0], event.properties.grace_period]).toEqual([item, 5]);
      },
    ),
  );
});

const words = fc.stringMatching(/^[a-z]{4,10}$/);
const emails = fc
  .tuple(words, fc.constantFrom('', '.x', '+tag', '_1'), words, fc.constantFrom('example', 'co.example'))
  .map(([user, more, domain, top]) => `${user}${more}@${domain}.${top}`);
const national = fc.integer({ min: 2_000_000, max: 9_999_999 }).map((rest) => `425${rest}`);
const spellings: readonly ((digits: string) => string)[] = [
  (digits) => digits,
  (digits) => `+1${digits}`,
  (digits) => `(${digits.slice(0, 3)}) ${digits.slice(3, 6)}-${digits.slice(6)}`,
  (digits) => `1.${digits.slice(0, 3)}.${digits.slice(3)}`,
  (digits) => `%2B1%20${digits.slice(0, 3)}%20${digits.slice(3)}`,
];

const webhookContext: SubmissionContext = { reporter: 'webhook', gpc: false };
const reporters = fc.constantFrom(serverContext, browserContext, { ...browserContext, gpc: true }, webhookContext);
const choices = fc.constantFrom(
  undefined,
  { adStorage: 'granted', explicit: true },
  { adStorage: 'denied', explicit: true },
  'no',
);
const visitorIds = fc.constantFrom<(secret: { email: string; digits: string }) => string>(
  ({ email }) => email,
  ({ email }) => `user:${encodeURIComponent(email)}`,
  ({ digits }) => `+1${digits}`,
  ({ digits }) => digits,
);

test('no record of a signal or a denied event holds a visitor id that is an e-mail address or a phone number', () => {
  const signals = fc.constantFrom(undefined, 'identify', 'reset', 'consent');
  const secrets = fc.record({ email: emails, digits: national });
  fc.assert(
    fc.property(
      secrets,
      visitorIds,
      fc.boolean(),
      reporters,
      choices,
      signals,
      (secret, toId, isNamed, requester, consent, type) => {
        const anonymousId = toId(secret);
        // A number of digits alone may be a customer's, unless the event says that it is the phone number.
        const isKnown = isNamed || anonymousId === secret.digits;
        const user = { anonymousId, ...(isKnown && { email: secret.email, phone: `+1 ${secret.digits}` }) };
        const submission = { name: 'Lead', type, id: 'one', user, consent };
        const newId = () => 'fresh';
        const result = type === undefined ? run(submission, requester) : acceptSignal(submission, requester, site, now, newId);
        const written = JSON.stringify(result).toLowerCase();
        expect('event' in result).toBe(true);
        for (const value of [secret.email, encodeURIComponent(secret.email), secret.digits]) expect(written).not.toContain(value);
      },
    ),
  );
});

test("no event or rejection holds the shopper's e-mail address or phone number", () => {
  const secret = fc.record({ email: emails, digits: national, spelling: fc.constantFrom(...spellings) });
  const ids = fc.constantFrom<'email' | 'phone' | 'order'>('email', 'phone', 'order');
  fc.assert(
    fc.property(secret, fc.string(), fc.string(), ids, fc.boolean(), (personal, before, after, id, personalName) => {
      const { email, digits, spelling } = personal;
      const text = (secret: string) => `${before} ${secret} ${after}`;
      const both = text(`${email} ${spelling(digits)}`);
      const result = run({
        name: personalName ? `Call_${digits}` : 'Purchase',
        id: { email, phone: `ord-${spelling(digits)}`, order: undefined }[id],
        time: now,
        user: {
          email,
          phone: spelling(digits).replace('%2B1%20', '+1 ').replace('%20', ' '),
          anonymousId: email,
          externalId: email,
          userAgent: both,
        },
        page: {
          url: `https://shop.example/${encodeURIComponent(email)}?a=${encodeURIComponent(both)}&tel=${digits}#${email}`,
          title: both,
          keywords: email.toUpperCase(),
        },
        clickIds: { gclid: email, fbclid: digits },
        commerce: {
          value: Number(digits),
          orderId: digits,
          category: both,
          searchTerm: both,
          items: [{ id: Number(digits), name: both, price: Number(`1${digits}`) }],
          hotel: { bookingHref: email },
        },
        goal: { label: both, value: Number(digits) },
        properties: {
          [email]: both,
          deep: [
            {
              a: both,
              b: Number(`1${digits}`),
              email: 'x',
              url: `https://x.example/?q=${encodeURIComponent(encodeURIComponent(email))}`,
            },
          ],
        },
      });
      const written = JSON.stringify(result).toLowerCase();
      expect('rejection' in result).toBe(id === 'email' || personalName);
      expect(written).not.toContain(email);
      expect(written).not.toContain(encodeURIComponent(email));
      expect(written).not.toContain(digits);
      expect(written.replace(/[^a-z0-9]/g, '')).not.toContain(digits);
    }),
    { numRuns: 600 },
  );
});
