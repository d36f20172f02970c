import fc from 'fast-check';
import { expect, test } from 'vitest';
import { acceptEvent } from '../../ingest/accept/accept.ts';
import { browserContext, now, serverContext, shop } from '../../ingest/site.fixture.ts';
import { microsoft } from './microsoft.ts';

const site = { ...shop, defaultCountry: 'US', defaultCurrency: 'USD' };
const johnDoe = '7272c6a41efa18b518d5789e2336282715b23c50a51cc2890643bdaa97b96840';
const american = 'c59475d96e9f01d7d18d06cfad84dd02333207f02c0c2c5663ef2782cda0390e';

function connected() {
  const result = microsoft.connect({ tagId: '1', token: 't', pageLoads: 'always' });
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
  goal: fc.record({ category: leaky, label: leaky }),
});

test('§3.11 any text with personal data is sent without e-mail addresses and phone numbers, and with their hashes', () => {
  const platform = connected();
  fc.assert(
    fc.property(submission, fc.constantFrom(serverContext, browserContext), (input, requester) => {
      const accepted = acceptEvent(input, requester, site, now, () => 'fresh');
      if (!('event' in accepted)) throw new Error(`not accepted: ${JSON.stringify(accepted)}`);
      const mapped = platform.map({ ...accepted.event, reporters: [requester.reporter] });
      if (!('payload' in mapped)) throw new Error(`not mapped: ${JSON.stringify(mapped)}`);
      expect(mapped.payload).toMatchObject({ userData: { em: johnDoe, ph: american } });
      const written = JSON.stringify(mapped.payload).replace(/%([2-7][0-9a-f])/gi, (_, hex: string) =>
        String.fromCharCode(Number.parseInt(hex, 16)),
      );
      expect(written).not.toMatch(/contoso|john\.doe|425\D{0,3}555\D?1234/i);
      expect(written).not.toMatch(/[a-z0-9._%+'-]@[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z]{2,}/i);
    }),
    { numRuns: 300 },
  );
});
