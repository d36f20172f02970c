import fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventArbitrary } from '../kit/event.fixture.ts';
import { formatAmount } from './amounts.ts';
import { map } from './map.ts';
import { isEnough, payload as schema } from './payload.ts';
import { type Settings, settings } from './settings.ts';

const given = { adAccountId: '12345', token: 't', pageViews: 'always' };
const anySettings: fc.Arbitrary<Settings> = fc.constantFrom(
  ...[
    {},
    { testMode: 'on', tagVisitor: 'external-id' },
    { limitedDataProcessing: 'california', customEvents: 'custom', viewContent: 'view_content' },
  ].map((more) => settings.parse({ ...given, ...more })),
);
/** Most random events lack what suffices for Pinterest. */
const anyEvent = fc.tuple(eventArbitrary, fc.boolean()).map(([event, hasClient]) => ({
  ...event,
  ...(hasClient && { client: { ip: '203.0.113.42', userAgent: 'Mozilla/5.0' } }),
}));

test('§2.1 any event maps to a payload with known keys only, or is skipped', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(anyEvent, anySettings, (event, by) => {
      const result = map(event, by);
      seen.add('payload' in result ? 'payload' : 'skip' in result ? 'skip' : 'reject');
      if ('payload' in result) expect(schema.parse(result.payload)).toEqual(result.payload);
    }),
    { numRuns: 500 },
  );
  expect(seen).toEqual(new Set(['payload', 'skip']));
});

test('§4.1 §4.2 any amount is a text of plain digits, and has its currency', () => {
  fc.assert(
    fc.property(anyEvent, anySettings, (event, by) => {
      const result = map(event, by);
      if (!('payload' in result)) return;
      const { value, currency, contents = [] } = result.payload.custom_data ?? {};
      expect(value === undefined).toBe(currency === undefined);
      for (const amount of [value, ...contents.map(({ item_price }) => item_price)]) {
        if (amount === undefined) continue;
        expect(currency).toMatch(/^[A-Z]{3}$/);
        expect(amount).toMatch(/^(0|[1-9]\d*)(\.\d*[1-9])?$/);
      }
    }),
    { numRuns: 500 },
  );
});

test('§4.1 the text of any amount is its number again', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e22, noNaN: true }), (amount) => {
      expect(Number(formatAmount(amount))).toBe(amount);
    }),
  );
});

test('§5.1 §6.1 any event that is sent is granted and has enough identity', () => {
  fc.assert(
    fc.property(anyEvent, anySettings, (event, by) => {
      const result = map(event, by);
      if (!('payload' in result)) return;
      expect(event.consent.effective).toBe('granted');
      expect(isEnough(result.payload.user_data)).toBe(true);
    }),
  );
});

test('§6.2 Limited Data Processing is whole: its mark, the state and the country, or none of them by it', () => {
  fc.assert(
    fc.property(anyEvent, anySettings, (event, by) => {
      const result = map({ ...event, identity: { ...event.identity, forms: {} } }, by);
      if (!('payload' in result)) return;
      const { user_data: person, custom_data: data } = result.payload;
      const isLimited = by.limitedDataProcessing === 'california';
      expect([data?.opt_out_type, person.st?.length, person.country?.length]).toEqual(
        isLimited ? ['LDP', 1, 1] : [undefined, undefined, undefined],
      );
    }),
  );
});
