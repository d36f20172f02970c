import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayMs, minuteMs } from '../../event/units.ts';
import { eventArbitrary, eventFixture } from '../kit/event.fixture.ts';
import { map } from './map.ts';
import { identifierFields, payload as schema } from './payload.ts';
import { settings } from './settings.ts';

const input = { datasetId: '12345', token: 't', pageViews: 'always', properties: ['margin', 'colour'] };
const variants = ['off', 'us-states'].map((dataProcessing) => settings.parse({ ...input, dataProcessing }));
const anySettings = fc.constantFrom(...variants);
const purchaseWithoutValue = eventFixture.parse({
  name: 'Purchase',
  id: 'ord-1',
  time: 1_795_514_400_000,
  identity: { anonymousId: 'visitor-1' },
});

test('§2.1 any event maps to a payload with known keys only, or is skipped or rejected', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(eventArbitrary, anySettings, (event, by) => {
      const result = map(event, by);
      seen.add('payload' in result ? 'payload' : 'skip' in result ? 'skip' : 'reject');
      if ('payload' in result) expect(schema.parse(result.payload)).toEqual(result.payload);
    }),
    // A rejection is rare in random events.
    { numRuns: 500, examples: [[purchaseWithoutValue, settings.parse(input)]] },
  );
  expect(seen).toEqual(new Set(['payload', 'skip', 'reject']));
});

test('§4.1 §4.3 §4.9 any purchase has value and currency, any value its currency, and a page view has neither', () => {
  fc.assert(
    fc.property(eventArbitrary, anySettings, (event, by) => {
      const result = map(event, by);
      if (!('payload' in result)) return;
      const { event_name: name, custom_data: data } = result.payload;
      if (name === 'Purchase') expect(data).toMatchObject({ value: expect.any(Number), currency: expect.any(String) });
      if (data?.value !== undefined) expect(data.currency).toMatch(/^[A-Z]{3}$/);
      if (name === 'PageView') expect(Object.keys(data ?? {}).filter((key) => !['margin', 'colour'].includes(key))).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

test('§3.6 §5.1 any event that is sent is granted and has an identifier', () => {
  fc.assert(
    fc.property(eventArbitrary, anySettings, (event, by) => {
      const result = map(event, by);
      if (!('payload' in result)) return;
      expect(event.consent.effective).toBe('granted');
      expect(identifierFields.some((name) => result.payload.user_data[name] !== undefined)).toBe(true);
    }),
  );
});

/** A click up to 100 days before the event, or up to two minutes after it. */
const click = fc.record({
  ageMs: fc.oneof(fc.integer({ min: -2 * minuteMs, max: 2 * minuteMs }), fc.integer({ min: 0, max: 100 * dayMs })),
  id: fc.string({ unit: fc.constantFrom(...'aZ0-_%'), minLength: 1, maxLength: 40 }),
  isCookie: fc.boolean(),
  appendix: fc.constantFrom('', '.Bg', '.AQQCAQAA'),
});

test("§3.7 §3.8 §3.9 any click that is sent is the event's own, byte for byte, of its own time and less than 90 days old", () => {
  fc.assert(
    fc.property(eventArbitrary, click, anySettings, (any, { ageMs, id, isCookie, appendix }, by) => {
      const at = any.time - ageMs;
      const value = isCookie ? `fb.2.${at}.${id}${appendix}` : id;
      const identity = { forms: {}, anonymousId: 'v', clickIds: { fbclid: { value, at } } };
      const commerce = { value: 1, currency: 'EUR' };
      const consent = { stated: 'granted', effective: 'granted' } as const;
      const result = map({ ...any, consent, identity, commerce }, by);
      const fbc = 'payload' in result ? result.payload.user_data.fbc : 'none';
      if (ageMs >= 90 * dayMs || ageMs < -minuteMs) expect(fbc).toBeUndefined();
      else expect(fbc).toBe(isCookie ? value : `fb.1.${at}.${id}`);
    }),
    { numRuns: 500 },
  );
});

test('§5.2 Limited Data Use asks Meta for the place only if the payload has an address, and omits other countries', () => {
  fc.assert(
    fc.property(eventArbitrary, anySettings, (any, by) => {
      const event = { ...any, client: { ...any.client, country: 'US' } };
      const result = map(event, by);
      if (!('payload' in result)) return;
      const { data_processing_options_country: country, user_data } = result.payload;
      const mayBeInUs = [undefined, 'US'].includes(event.client.country);
      if (by.dataProcessing === 'off') expect(country).toBeUndefined();
      else if (user_data.client_ip_address !== undefined) expect(country).toBe(0);
      else expect(country).toBe(mayBeInUs ? 1 : undefined);
    }),
  );
});
