import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EnrichedEvent } from '../../event/event.ts';
import { eventArbitrary, eventFixture } from '../kit/event.fixture.ts';
import { map } from './map.ts';
import { hasIdentifier, payload as schema } from './payload.ts';
import { settings } from './settings.ts';

const given = { pixelCode: 'C4ABCDEF0123456789AB', token: 't' };
const variants = [{}, { pageViews: 'always', limitedDataUse: 'us-states' }].map((more) => settings.parse({ ...given, ...more }));
const anySettings = fc.constantFrom(...variants);
const longName = eventFixture.parse({
  name: 'n'.repeat(51),
  id: 'n-1',
  time: 1_795_514_400_000,
  client: { ip: '203.0.113.7', userAgent: 'Mozilla/5.0' },
});

test('§2.1 any event maps to a payload with known keys only, or is skipped or rejected', () => {
  const seen = new Set<string>();
  const check = (event: EnrichedEvent, by: (typeof variants)[number]) => {
    const result = map(event, by);
    seen.add('payload' in result ? 'payload' : 'skip' in result ? 'skip' : 'reject');
    if ('payload' in result) expect(schema.parse(result.payload)).toEqual(result.payload);
  };
  fc.assert(fc.property(eventArbitrary, anySettings, check), { numRuns: 500 });
  // No random event has a name that is too long.
  for (const by of variants) check(longName, by);
  expect(seen).toEqual(new Set(['payload', 'skip', 'reject']));
});

test('§2.5 §2.6 any value has its currency, any currency its value, and a page view has neither', () => {
  fc.assert(
    fc.property(eventArbitrary, anySettings, (event, by) => {
      const result = map(event, by);
      if (!('payload' in result)) return;
      const { properties, event: name } = result.payload;
      expect(typeof properties?.value === 'number').toBe(typeof properties?.currency === 'string');
      if (name === 'Pageview') expect(properties).toBeUndefined();
    }),
    { numRuns: 500 },
  );
});

test('§3.8 §6.1 any event that is sent is granted and has an identifier', () => {
  fc.assert(
    fc.property(eventArbitrary, anySettings, (event, by) => {
      const result = map(event, by);
      if (!('payload' in result)) return;
      expect(event.consent.effective).toBe('granted');
      expect(hasIdentifier(result.payload.user)).toBe(true);
    }),
  );
});

/** Click ids of the alphabet that TikTok uses, with lengths around every bound that senders cut at. */
const clickId = fc
  .tuple(fc.constantFrom(1, 250, 255, 256, 257, 512, 513, 1_024, 2_043), fc.constantFrom('a', 'Z', '_', '-', '0'))
  .map(([length, unit]) => `E.C.P${unit.repeat(length)}`);

test('§3.5 any click id is sent whole and byte for byte, whatever its length and its age', () => {
  fc.assert(
    fc.property(eventArbitrary, clickId, fc.nat(90), anySettings, (any, value, days, by) => {
      const identity = { forms: {}, clickIds: { ttclid: { value, at: any.time - days * 86_400_000 } } };
      const consent = { stated: 'granted', effective: 'granted' } as const;
      const result = map({ ...any, name: 'Lead', consent, identity }, by);
      expect('payload' in result && result.payload.user.ttclid).toBe(value);
    }),
  );
});
