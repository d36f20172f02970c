import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type EnrichedEvent, isSha256, type NormalForms, type Sha256 } from '../../event/event.ts';
import type { Issue, Json } from '../../event/issue.ts';
import { describeAccountLink } from './account-link.suite.ts';
import { describeBrowserTag } from './browser-tag.suite.ts';
import { createDelivery, createHistory } from './delivery-history.fixture.ts';
import type { BoundDestination, HttpRequest, HttpResponse, RegisteredDestination, ResponseVerdict } from './destination.ts';
import { eventArbitrary } from './event.fixture.ts';
import {
  exchangeFixture,
  fixtureSettings,
  mapFixture,
  readFixture,
  readFixtures,
  summarizeMapped,
  summarizeVerdict,
} from './fixtures.suite.ts';
import { type AnswerOptions, describeHostileAnswers } from './hostile-answers.suite.ts';
import { createHostileEvents } from './hostile-events.fixture.ts';
import type { Matching } from './matching.ts';
import { testPersonalData } from './personal-data.suite.ts';

/** Response bodies up to the size limit that are expensive or dangerous to parse. */
const hostileBodies: readonly (readonly [string, string])[] = [
  ['nested to its end', '['.repeat(65_536)],
  ['nested and whole', `${'{"error":'.repeat(5_000)}1${'}'.repeat(5_000)}`],
  [
    'named like what objects have of their own',
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"error":{"__proto__":1}}',
  ],
  ['all details', JSON.stringify({ error: { details: Array(3_000).fill({ index: 1e9 }) } })],
  ['of numbers that are none', '{"eventsReceived":1e400,"error":{"details":[{"index":-1},{"index":1e400},{"index":0.5}]}}'],
  ['one long message', JSON.stringify({ error: { code: 'x'.repeat(30_000), message: '1-'.repeat(15_000) } })],
  ['without text', '\u0000\ufffd'.repeat(20_000)],
];

const plantHash = (nth: number): Sha256 => {
  const text = `5eed${nth}`.padEnd(64, '7');
  if (!isSha256(text)) throw new Error('a planted hash is malformed');
  return text;
};
const plantedForms: Required<NormalForms> = {
  emailMicrosoft: plantHash(10),
  genderPinterest: plantHash(27),
  zipDigits: plantHash(28),
  emailPlain: plantHash(11),
  emailGoogle: plantHash(12),
  emailGiven: plantHash(13),
  phoneE164: plantHash(14),
  phoneDigits: plantHash(15),
  phoneGiven: plantHash(16),
  firstNameLetters: plantHash(17),
  firstNamePlain: plantHash(18),
  lastNameLetters: plantHash(19),
  lastNamePlain: plantHash(20),
  gender: plantHash(21),
  dateOfBirth: plantHash(22),
  street: plantHash(23),
  city: plantHash(24),
  state: plantHash(25),
  provinceCode: plantHash(31),
  zip: plantHash(26),
  country: plantHash(27),
  idfa: plantHash(29),
  gaid: plantHash(30),
};
const plantedClicks = {
  msclkid: 'dd4afcccb1c94a4cad9544dd7e5006ab',
  fbclid: 'IwAR2planted-click_aem_1234567890',
  gclid: 'Cj0KCQplanted-google-click',
  ttclid: 'E.C.P.planted-tiktok-click',
  epik: 'dj0yplanted-pinterest-click',
};
const plantedBrowserIds = {
  _uetvid: 'c0ffee001234abcd8def001122334455',
  _fbp: 'fb.1.1790000000123.1098115397',
  _ttp: '2plantedTikTokBrowserId000001',
};

const plantedAddresses: Readonly<Record<string, string>> = { _fbi: '2001:db8::77' };

/** Returns a person whose values are well-formed at every platform, on a day on which the clicks are new, and the values to hide. */
function plantPerson({ clickIds, browserIds }: Matching) {
  const clicks = { ...Object.fromEntries(clickIds.map(({ name }) => [name, `planted-${name}`])), ...plantedClicks };
  const browser = { ...Object.fromEntries(browserIds.map(({ cookie }) => [cookie, `planted${cookie}`])), ...plantedBrowserIds };
  const person: Pick<EnrichedEvent, 'time' | 'consent' | 'identity' | 'client'> = {
    time: 1_790_000_000_000,
    consent: { stated: 'granted', effective: 'granted' },
    identity: {
      forms: plantedForms,
      externalId: plantHash(28),
      anonymousId: 'decade001234abcd8def001122334455',
      browserIds: browser,
      clickIds: Object.fromEntries(Object.entries(clicks).map(([name, value]) => [name, { value, at: 1_789_999_000_000 }])),
    },
    client: {
      ...{ ip: '203.0.113.77', userAgent: 'Mozilla/5.0 (Planted; Linux x86_64) Planted/1.0' },
      cookieAddresses: plantedAddresses,
    },
  };
  const values: readonly string[] = [
    ...Object.values(plantedForms),
    plantHash(28),
    ...Object.values(clicks),
    'dd4afccc-b1c9-4a4c-ad95-44dd7e5006ab',
    ...Object.values(browser),
    'decade001234abcd8def001122334455',
    '203.0.113.77',
    ...Object.values(plantedAddresses),
    'Mozilla/5.0 (Planted; Linux x86_64) Planted/1.0',
  ];
  return { person, values };
}

interface SuiteOptions extends AnswerOptions {
  /** Settings, in addition to the fixture's, with which the platform receives the most text of an event. */
  readonly mostText?: Readonly<Record<string, Json>>;
}

/**
 * Registers the tests that every destination must pass: its fixtures in `folder` (`fixtures/settings.json`,
 * `fixtures/map/*.json`, `fixtures/exchange/*.json`), its page in the docs, and the contract of `destination.ts`.
 */
export function destinationSuite(registered: RegisteredDestination, folder: string, options: SuiteOptions = {}): void {
  const fixtureInput = fixtureSettings.parse(readFixture(join(folder, 'fixtures/settings.json')));
  const platform = connectOrThrow(registered, fixtureInput);
  const fields = listFields(registered);
  const { person, values: plantedValues } = plantPerson(registered.matching);

  describe(`${registered.id}: map`, () => {
    for (const [file, fixture] of readFixtures(join(folder, 'fixtures/map'), mapFixture)) {
      for (const { title, settings, event, expect: expected } of fixture.cases) {
        test(`${file}: ${title}`, () => {
          expect(summarizeMapped(connectOrThrow(registered, { ...fixtureInput, ...settings }).map(event))).toEqual(expected);
        });
      }
    }
  });

  describe(`${registered.id}: encode and decode`, () => {
    for (const [file, { settings, payloads, request, answers }] of readFixtures(
      join(folder, 'fixtures/exchange'),
      exchangeFixture,
    )) {
      const connection = connectOrThrow(registered, { ...fixtureInput, ...settings });
      if (request !== undefined) {
        const { title, ...documented } = request;
        test(`${file}: ${title}`, () => {
          const { body, ...head } = connection.encode(payloads.map(connection.toText));
          expect({ ...head, body: JSON.parse(body) }).toEqual(documented);
        });
      }
      for (const { title, response, expect: expected } of answers) {
        test(`${file}: ${title}`, () => {
          const body = typeof response.body === 'string' ? response.body : JSON.stringify(response.body);
          expect(summarizeVerdict(connection.decode({ ...response, body }, payloads.length))).toEqual(expected);
        });
      }
    }
  });

  describeAccountLink(registered);
  if (registered.tag) describeBrowserTag(registered.id, registered.tag);
  describeHostileAnswers(registered.id, platform, folder, options);

  describe(`${registered.id}: personal data`, () => {
    testPersonalData(connectOrThrow(registered, { ...fixtureInput, ...options.mostText }));
  });

  describe(`${registered.id}: contract of a destination`, () => {
    const eachSetting = [
      fixtureInput,
      ...readFixtures(join(folder, 'fixtures/map'), mapFixture).flatMap(([, { cases }]) =>
        cases.map((one) => ({ ...fixtureInput, ...one.settings })),
      ),
    ];
    const platforms = unique(eachSetting).map((one) => connectOrThrow(registered, one));
    const anyPlatform = fc.constantFrom(...platforms);

    test('the same event maps to the same payload, and is not changed', () => {
      fc.assert(
        fc.property(anyPlatform, eventArbitrary, (one, event) => {
          const before = structuredClone(event);
          const first = one.map(deepFreeze(event));
          expect(one.map(event)).toEqual(first);
          expect(event).toEqual(before);
        }),
      );
    });

    // Delivery checks few payloads, because of this law.
    test("no event maps to a payload that the platform's own schema refuses", () => {
      fc.assert(
        fc.property(anyPlatform, eventArbitrary, (one, event) => {
          // Three of four events get consent and an identifier. Otherwise nearly half of all would be skipped.
          const isSendable = event.receivedAt % 4 > 0;
          const identity = { ...person.identity, ...event.identity };
          const mapped = one.map(isSendable ? { ...event, identity, consent: person.consent } : event);
          expect('payload' in mapped ? one.findMisfits(mapped.payload) : []).toEqual([]);
        }),
        { numRuns: 500, seed: 22 },
      );
    });

    test('a payload contains no null and no blank text, list or object', () => {
      fc.assert(
        fc.property(anyPlatform, eventArbitrary, (one, event) => {
          const mapped = one.map(event);
          if ('payload' in mapped) expect(findBlanks(mapped.payload)).toEqual([]);
        }),
      );
    });

    test('a payload that was stored and read again makes the same request', () => {
      fc.assert(
        fc.property(
          anyPlatform,
          fc.array(eventArbitrary, { maxLength: Math.min(5, platform.limits.batchSize) }),
          (one, events) => {
            const mapped = events.map((event) => one.map(event)).filter((result) => 'payload' in result);
            const payloads = mapped.map(({ payload }) => payload);
            const request = one.encode(mapped.map(({ text }) => text));
            const unpacked = one.unpack(request.body);
            // JSON has no -0.
            expect(unpacked).toEqual(JSON.parse(JSON.stringify(payloads)));
            expect(parseBody(one.encode(unpacked.map(one.toText)))).toEqual(parseBody(request));
          },
        ),
      );
    });

    test('the checks of a delivered event can read its payload as it is stored', () => {
      fc.assert(
        fc.property(anyPlatform, eventArbitrary, (one, event) => {
          const mapped = one.map(event);
          const stored = 'payload' in mapped ? one.unpack(one.encode([mapped.text]).body) : [];
          const checks = stored.flatMap((payload) => one.whyNot(createHistory({ attempts: [createDelivery(payload, 1)] })));
          expect(checks.filter(({ message }) => /another version|no longer stored/.test(message))).toEqual([]);
        }),
        { numRuns: 20 },
      );
    });

    test('a stored payload that does not fit the schema is sent again unchanged, with the others of its request', () => {
      const payload = mappableEvent(platform, folder);
      const misfit = { ...z.record(z.string(), z.json()).parse(payload), surplus: 1 };
      expect(platform.findMisfits(misfit)).not.toEqual([]);
      const payloads = [misfit, payload].slice(0, platform.limits.batchSize);
      expect(platform.unpack(platform.encode(payloads.map(platform.toText)).body)).toEqual(payloads);
    });

    test('the debugger shows no address, agent, click id, browser id or hash of any event', () => {
      const sent = new Set<string>();
      fc.assert(
        fc.property(anyPlatform, eventArbitrary, (one, event) => {
          const mapped = one.map({ ...event, ...person });
          if (!('payload' in mapped)) return;
          const raw = JSON.stringify(mapped.payload);
          const shown = JSON.stringify([one.mask(mapped.payload), one.show(mapped.payload)?.body]);
          for (const value of plantedValues) {
            if (raw.includes(value)) sent.add(value);
            expect(shown).not.toContain(value);
          }
        }),
      );
      // Each match key was sent with a planted value.
      expect(sent.size).toBeGreaterThanOrEqual(platform.matching.keys.length);
    });

    test("an address that a platform's library keeps in a cookie reaches that platform alone", () => {
      const own = (registered.matching.addresses ?? []).map(({ cookie }) => plantedAddresses[cookie]);
      const sent = new Set<string>();
      fc.assert(
        fc.property(anyPlatform, eventArbitrary, (one, event) => {
          const mapped = one.map({ ...event, ...person });
          const raw = 'payload' in mapped ? JSON.stringify(mapped.payload) : '';
          for (const value of Object.values(plantedAddresses)) if (raw.includes(value)) sent.add(value);
        }),
      );
      expect([...sent]).toEqual(own);
    });

    test("a secret setting or an access token is only in the headers of an event's request and of the probe, and a signing secret is in neither", () => {
      const secrets = Object.entries(fields)
        .flatMap(([name, { secret }]) => (secret && fixtureInput[name] !== undefined ? [fixtureInput[name]] : []))
        .map((secret) => (typeof secret === 'string' ? secret : JSON.stringify(secret)));
      const event = mappableEvent(platform, folder);
      const token = 'planted-access-token';
      for (const request of [platform.encode([platform.toText(event)], token), platform.probe.encode(token, person.time)]) {
        if (!platform.sign)
          for (const secret of platform.auth ? [token] : secrets) expect(JSON.stringify(request.headers)).toContain(secret);
        const hidden = platform.sign ? JSON.stringify(request) : request.url + request.body;
        for (const secret of [token, ...secrets]) expect(hidden).not.toContain(secret);
      }
      const shown = platform.show(event);
      expect(platform.unpack(shown?.body ?? '')).toEqual([platform.mask(event)]);
      for (const secret of secrets) expect(JSON.stringify(shown)).not.toContain(secret);
    });

    test('only the body of a request depends on the payloads, and only the headers on the access token', () => {
      const text = platform.toText(mappableEvent(platform, folder));
      const { body: _, ...empty } = platform.encode([], 'one');
      const { body, ...head } = platform.encode([text], 'one');
      expect(head).toEqual(empty);
      const other = platform.encode([text], 'another');
      expect([other.url, other.body]).toEqual([head.url, body]);
    });

    test('a hostile event is mapped, skipped or rejected, and its request is well-formed JSON', () => {
      const planted = mappableInput(platform, folder);
      for (const hostile of createHostileEvents({ ...planted, ...person })) {
        const mapped = platform.map(hostile);
        if (!('payload' in mapped)) continue;
        const { body, url } = platform.encode([mapped.text]);
        expect(body.isWellFormed()).toBe(true);
        expect(platform.unpack(body)).toEqual(JSON.parse(JSON.stringify([mapped.payload])));
        expect(url).toBe(platform.encode([]).url);
        expect(body).not.toContain('"__proto__":');
        expect(findBlanks(mapped.payload)).toEqual([]);
        expect(Buffer.byteLength(body)).toBeLessThan(platform.limits.batchBytes);
      }
    });

    test('any response gives one result per payload, or a reason why there is none', () => {
      fc.assert(
        fc.property(anyResponse, fc.integer({ min: 1, max: 4 }), (response, count) => {
          expectComplete(platform.decode(response, count), count);
          const probed = platform.probe.decode(response);
          if (probed !== 'ok') expect(probed.message).not.toBe('');
        }),
        { numRuns: 1_000 },
      );
    });

    test.each(hostileBodies)('a response that is %s gives one result per payload too', (_what, body) => {
      for (const status of [200, 400, 401, 413, 429, 500])
        for (const incomplete of [false, 'cut', 'too-long'] as const) {
          const response = { status, headers: { 'retry-after': '9'.repeat(400) }, body, incomplete };
          expectComplete(platform.decode(response, 3), 3);
          expect(JSON.stringify(platform.probe.decode(response)).length).toBeLessThan(2_000);
        }
      expect({}).not.toHaveProperty('polluted');
    });

    test('every setting has a title and a description, and every secret is marked', () => {
      for (const [name, field] of Object.entries(fields)) {
        expect(field, name).toMatchObject({ title: expect.stringMatching(/\S/), description: expect.stringMatching(/\S/) });
        if (/token|secret|password|apikey/i.test(name) && !name.endsWith('Endpoint')) expect(field.secret, name).toBe(true);
      }
    });

    if (registered.tag)
      test('every setting of the browser tag but its mode has a title and a description', () => {
        const { properties } = tagFormSchema.parse(registered.tag?.form);
        for (const [name, field] of Object.entries(properties))
          if (name !== 'mode')
            expect(field, name).toMatchObject({ title: expect.stringMatching(/\S/), description: expect.stringMatching(/\S/) });
      });

    test('invalid settings are all reported at once, by path', () => {
      for (const wrong of [true, null]) {
        const result = registered.connect({
          ...Object.fromEntries(Object.keys(fields).map((name) => [name, wrong])),
          noSuchSetting: wrong,
        });
        const paths = 'issues' in result ? result.issues.map(({ field }) => field) : [];
        expect(paths.toSorted()).toEqual([...Object.keys(fields), 'noSuchSetting'].map((name) => `settings.${name}`).toSorted());
      }
    });

    test('a setting of any wrong type is reported by its path, and never throws', () => {
      const wrongs: readonly unknown[] = [
        null,
        true,
        0,
        -1,
        4_711.5,
        Number.NaN,
        '',
        ' ',
        '\u0000',
        'x'.repeat(100_000),
        [],
        [[]],
        {},
        { a: {} },
      ];
      for (const name of Object.keys(fields)) {
        for (const wrong of wrongs) {
          const result = registered.connect({ ...fixtureInput, [name]: wrong });
          const paths = 'issues' in result ? result.issues.map(({ field }) => field) : [];
          // A setting may depend on another one.
          for (const path of paths) expect(path).toMatch(/^settings(\.|$)/);
        }
      }
      for (const wrong of [...wrongs, undefined]) {
        if (typeof wrong === 'object' && wrong !== null && !Array.isArray(wrong)) continue;
        expect(registered.connect(wrong)).toHaveProperty('issues');
      }
    });

    test('an issue with a setting never echoes its value', () => {
      for (const wrong of ['canary 0xC4', 4_711.4711, ['canary'], { canary: 'canary' }]) {
        const result = registered.connect(Object.fromEntries(Object.keys(fields).map((name) => [name, wrong])));
        const messages = 'issues' in result ? result.issues.map(({ message }) => message) : [];
        expect(messages).not.toHaveLength(0);
        expect(messages.join()).not.toMatch(/canary|4711/);
      }
    });

    test('parsing parsed settings again changes nothing', () => {
      for (const one of unique(eachSetting)) {
        const first = registered.connect(one);
        const second = 'settings' in first ? registered.connect(first.settings) : first;
        expect('settings' in second && second.settings).toEqual('settings' in first && first.settings);
      }
    });

    test('the docs page names every setting as the schema does', () => {
      const page = readFileSync(join(folder, '../../../docs/destinations', `${registered.id}.md`), 'utf8');
      for (const row of settingsRows(registered)) expect(page).toContain(row);
      expect(page).toContain(registered.source.url);
    });
  });
}

/** Returns the settings as rows of a Markdown table: setting, title, default, description. */
function settingsRows(registered: RegisteredDestination): readonly string[] {
  return Object.entries(listFields(registered)).map(([name, { title, description, secret, required, default: standard }]) => {
    const written = typeof standard === 'string' ? standard : JSON.stringify(standard);
    const fallback = required ? 'required' : written === undefined ? 'none' : `\`${written}\``;
    return `| \`${name}\` | ${title}${secret ? ' (secret)' : ''} | ${fallback} | ${description} |`;
  });
}

const fieldSchema = z.object({
  title: z.string().default(''),
  description: z.string().default(''),
  secret: z.boolean().default(false),
  default: z.json().optional(),
});

const tagFormSchema = z.object({ properties: z.record(z.string(), z.unknown()) });

function listFields(
  registered: RegisteredDestination,
): Readonly<Record<string, z.output<typeof fieldSchema> & { readonly required: boolean }>> {
  const { properties, required = [] } = z.toJSONSchema(registered.settings, { io: 'input' });
  const fields = Object.entries(z.record(z.string(), fieldSchema).parse(properties));
  return Object.fromEntries(fields.map(([name, field]) => [name, { ...field, required: required.includes(name) }]));
}

function connectOrThrow(registered: RegisteredDestination, settings: unknown): BoundDestination {
  const result = registered.connect(settings);
  if ('issues' in result) throw new Error(`The fixture's settings do not fit: ${JSON.stringify(result.issues)}`);
  return result.platform;
}

/** Returns the payload of the first fixture that has one. */
function mappableEvent(platform: BoundDestination, folder: string): Json {
  const mapped = platform.map(mappableInput(platform, folder));
  if ('payload' in mapped) return mapped.payload;
  throw new Error('The event maps to a payload only once.');
}

/** Returns the first event of a fixture that maps to a payload. */
function mappableInput(platform: BoundDestination, folder: string): EnrichedEvent {
  for (const [, { cases }] of readFixtures(join(folder, 'fixtures/map'), mapFixture))
    for (const { event } of cases) if ('payload' in platform.map(event)) return event;
  throw new Error('No fixture maps to a payload.');
}

const anyResponse: fc.Arbitrary<HttpResponse> = fc.record({
  status: fc.oneof(fc.constantFrom(200, 202, 204, 301, 400, 401, 403, 404, 413, 422, 429, 503), fc.integer({ min: 0, max: 999 })),
  headers: fc.dictionary(fc.constantFrom('retry-after', 'content-type'), fc.string()),
  body: fc.oneof(
    fc.string(),
    fc.json(),
    fc.constantFrom('<html>', '[', '[]', 'null', '{"error":null}', '{"error":{"details":{}}}'),
    anyDetails(),
  ),
  incomplete: fc.constantFrom(false as const, 'cut' as const, 'too-long' as const),
});

function anyDetails(): fc.Arbitrary<string> {
  const anything = fc.oneof(fc.jsonValue(), fc.string());
  const detail = fc.record(
    {
      index: fc.oneof(fc.integer({ min: -2, max: 6 }), anything),
      propertyName: fc.oneof(fc.constantFrom('data[0].eventTime', 'data[9].userData.em', 'data', 'data[99999999999]'), anything),
      errorMessage: anything,
      errorCode: anything,
      isWarning: fc.oneof(fc.boolean(), anything),
      attemptedValue: anything,
    },
    { requiredKeys: [] },
  );
  const error = fc.record(
    { code: anything, message: anything, details: fc.oneof(fc.array(fc.oneof(detail, anything)), anything) },
    { requiredKeys: [] },
  );
  return fc.record({ eventsReceived: anything, error }, { requiredKeys: [] }).map((body) => JSON.stringify(body));
}

function expectComplete(decoded: ResponseVerdict, count: number): void {
  const issues: Issue[] = [];
  if ('settled' in decoded) {
    expect(decoded.settled).toHaveLength(count);
    issues.push(...decoded.issues, ...decoded.settled.flatMap(({ issues }) => issues));
  } else if ('rejectRows' in decoded) {
    expect(decoded.rejectRows.size).toBeGreaterThan(0);
    for (const [index, reasons] of decoded.rejectRows) {
      expect(index >= 0 && index < count).toBe(true);
      expect(reasons).not.toHaveLength(0);
      issues.push(...reasons);
    }
  } else if ('accepted' in decoded) {
    expect(decoded.accepted.ticket).not.toBe('');
    issues.push(...decoded.accepted.issues);
  } else if ('bisect' in decoded) issues.push(...decoded.bisect);
  else if ('blocked' in decoded) issues.push(decoded.blocked);
  else expect(decoded.retry).not.toBe('');
  for (const { code, message } of issues) {
    expect(code).not.toBe('');
    expect(message).not.toBe('');
  }
}

function findBlanks(json: Json, path = ''): readonly string[] {
  if (json === null || (typeof json === 'string' && json.trim() === '')) return [path];
  if (typeof json !== 'object') return [];
  const parts = Object.entries(json);
  return parts.length === 0 ? [path] : parts.flatMap(([key, part]) => findBlanks(part, `${path}.${key}`));
}

function parseBody({ body, ...head }: HttpRequest) {
  return { ...head, body: body === '' ? body : JSON.parse(body) };
}

function unique<T>(values: readonly T[]): readonly T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(Object.freeze(value))) deepFreeze(part);
  return value;
}
