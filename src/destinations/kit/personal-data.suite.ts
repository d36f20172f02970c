import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NormalForms } from '../../event/event.ts';
import type { Json } from '../../event/issue.ts';
import { acceptEvent } from '../../ingest/accept/accept.ts';
import { browserContext, now, serverContext, shop } from '../../ingest/site.fixture.ts';
import type { BoundDestination } from './destination.ts';

const site = { ...shop, defaultCountry: 'US', defaultCurrency: 'USD' };
const hashOfNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** Text without an `@`, so that it contains no e-mail address. */
const noise = fc.string({ maxLength: 20 }).map((text) => text.replaceAll('@', ''));

/** Text that contains the shopper's e-mail address or phone number, as from a shop's template. */
const leaky = fc
  .tuple(
    noise,
    fc.constantFrom('John.Doe+promo@Contoso.com', 'john.doe+promo@contoso.com', '+1 (425) 555-1234', '4255551234'),
    noise,
  )
  .map(([before, secret, after]) => `${before} ${secret} ${after}`);

const submission = fc.record({
  name: fc.constantFrom('Purchase', 'Lead', 'PageView', 'newsletter'),
  id: fc.constant('o-1'),
  time: fc.constant(now),
  user: fc.constant({
    email: ' John.Doe+promo@Contoso.com',
    phone: '+1 (425) 555-1234',
    externalId: 'John.Doe+promo@contoso.com',
    anonymousId: 'b171a9b06ce011ecafcd1b209be8601b',
  }),
  page: fc.record({
    url: leaky.map((text) => `https://shop.example/thanks?who=${encodeURIComponent(text)}`),
    referrer: leaky.map((text) => `https://pay.example/${encodeURIComponent(text)}`),
    title: leaky,
    keywords: leaky,
  }),
  commerce: fc.record({
    value: fc.constant(9),
    orderId: leaky,
    category: leaky,
    searchTerm: leaky,
    items: fc.array(fc.record({ id: leaky, name: leaky, sku: leaky }), { maxLength: 3 }),
    hotel: fc.record({ partnerHotelId: leaky, bookingHref: leaky }),
  }),
  goal: fc.record({ category: leaky, label: leaky }),
  properties: fc.record({ note: leaky, email: leaky }),
});

/** Registers the test that a payload has e-mail address and phone number as hashes only, whatever text contains them. */
export function testPersonalData(platform: BoundDestination): void {
  test('any text with personal data is sent without e-mail addresses and phone numbers, and with their hashes', () => {
    let sent = 0;
    fc.assert(
      fc.property(submission, fc.constantFrom(serverContext, browserContext), (input, context) => {
        const accepted = acceptEvent(input, context, site, now, () => 'fresh');
        if (!('event' in accepted)) throw new Error(`not accepted: ${JSON.stringify(accepted)}`);
        const mapped = platform.map({ ...accepted.event, reporters: [context.reporter] });
        if ('skip' in mapped) return;
        if ('reject' in mapped) throw new Error(`not mapped: ${JSON.stringify(mapped)}`);
        sent += 1;
        expectHashes(platform, mapped.payload, accepted.event.identity.forms);
        const written = JSON.stringify(mapped.payload).replace(/%([2-7][0-9a-f])/gi, (_, hex: string) =>
          String.fromCharCode(Number.parseInt(hex, 16)),
        );
        expect(written).not.toContain(hashOfNothing);
        expect(written).not.toMatch(/contoso|john\.doe|425\D{0,3}555\D?1234/i);
        expect(written).not.toMatch(/[a-z0-9._%+'-]@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}/i);
      }),
      { numRuns: 300 },
    );
    expect(sent).toBeGreaterThan(0);
  });
}

/** Expects that the platform's keys for e-mail and phone hold a hash of the event's. */
function expectHashes({ matching }: BoundDestination, payload: Json, forms: NormalForms): void {
  for (const subject of ['email', 'phone'] as const) {
    const paths = matching.keys.filter((key) => key.subject === subject).flatMap((key) => key.paths);
    if (paths.length === 0) continue;
    const hashes = Object.entries(forms).flatMap(([form, hash]) => (form.startsWith(subject) ? [hash] : []));
    const values = paths.flatMap((path) => listTexts(payload, path.split('.')));
    expect(values, subject).not.toEqual([]);
    for (const value of values) expect(hashes, subject).toContain(value);
  }
}

function listTexts(json: Json | undefined, [name, ...rest]: readonly string[]): readonly string[] {
  if (typeof json === 'string') return name === undefined ? [json] : [];
  if (Array.isArray(json)) {
    const entries: readonly Json[] = json;
    return entries.flatMap((entry) => listTexts(entry, name === '*' ? rest : []));
  }
  if (name === undefined || typeof json !== 'object' || json === null) return [];
  return listTexts(new Map(Object.entries(json)).get(name), rest);
}
