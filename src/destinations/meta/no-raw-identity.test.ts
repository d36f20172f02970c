import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acceptEvent } from '../../ingest/accept/accept.ts';
import { browserContext, now, serverContext, shop } from '../../ingest/site.fixture.ts';
import { meta } from './meta.ts';

const site = { ...shop, defaultCountry: 'US', defaultCurrency: 'USD' };
const johnDoe = '3aad41169a1dbe259602837d7fafe4b8d2275de4d0065c671e03d53458cfb21c';
const ofNothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const american = 'f8a0621a89b87b16447d34d2169bdba8e3eaae523b45df87d86108ee65bd1d6f';

function connected() {
  const result = meta.connect({ datasetId: '12345', token: 't', pageViews: 'always', properties: ['note'] });
  if ('issues' in result) throw new Error('the settings do not fit');
  return result.platform;
}

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
  properties: fc.record({ note: leaky, email: leaky }),
});

test('§3.11 any text with personal data is sent without e-mail addresses and phone numbers, and with their hashes', () => {
  const platform = connected();
  fc.assert(
    fc.property(submission, fc.constantFrom(serverContext, browserContext), (given, requester) => {
      const accepted = acceptEvent(given, requester, site, now, () => 'fresh');
      if (!('event' in accepted)) throw new Error(`not accepted: ${JSON.stringify(accepted)}`);
      const mapped = platform.map({ ...accepted.event, reporters: [requester.reporter] });
      if (!('payload' in mapped)) throw new Error(`not mapped: ${JSON.stringify(mapped)}`);
      expect(mapped.payload).toMatchObject({ user_data: { em: [johnDoe], ph: [american] } });
      const written = JSON.stringify(mapped.payload).replace(/%([2-7][0-9a-f])/gi, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      );
      expect(written).not.toContain(ofNothing);
      expect(written).not.toMatch(/contoso|john\.doe|425\D{0,3}555\D?1234/i);
      expect(written).not.toMatch(/[a-z0-9._%+'-]@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}/i);
    }),
    { numRuns: 300 },
  );
});
