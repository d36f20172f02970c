import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Consent } from '../../event/consent.ts';
import type { ClickId, Event, NormalForms } from '../../event/event.ts';
import { dayMs, hourMs } from '../../event/units.ts';
import { isSamePerson } from '../../visitors/visitor-profile.ts';
import { buildEvent, createSha256, start } from '../delivery.fixture.ts';
import { confirmReports, findUnconfirmed } from './confirm-reports.ts';
import { mergeReports } from './merge-reports.ts';

const text = fc.string({ minLength: 1, maxLength: 8 });
const hash = fc.constantFrom(...'0123456789abcdef').map(createSha256);
const time = fc.integer({ min: start - 400 * dayMs, max: start + hourMs });
const optional = { requiredKeys: [] };

const consent: fc.Arbitrary<Consent> = fc.constantFrom(
  { stated: 'granted', effective: 'granted' },
  { stated: 'denied', effective: 'denied' },
  { stated: 'unknown', effective: 'granted' },
  { stated: 'unknown', effective: 'denied' },
);
const forms: fc.Arbitrary<NormalForms> = fc.record(
  { emailMicrosoft: hash, emailPlain: hash, emailGiven: hash, phoneE164: hash, phoneDigits: hash, phoneGiven: hash },
  optional,
);
const click: fc.Arbitrary<ClickId> = fc.record({ value: text, at: time });
const members = fc.record({
  time,
  receivedAt: time,
  bot: fc.boolean(),
  consent,
  identity: fc
    .record(
      {
        externalId: hash,
        anonymousId: text,
        browserIds: fc.record({ _uetvid: text, _fbp: text }, optional),
        idfa: text,
        gaid: text,
      },
      optional,
    )
    .chain((rest) =>
      fc
        .record({ forms, clickIds: fc.record({ msclkid: click, gclid: click, fbclid: click }, optional) })
        .map((required) => ({ ...rest, ...required })),
    ),
  client: fc.record(
    { ip: text, userAgent: text, country: fc.constantFrom('DE', 'US'), cookieAddresses: fc.record({ _acme: text }) },
    optional,
  ),
  page: fc.record({ url: text, referrer: text, title: text, keywords: text, loadId: text }, optional),
  commerce: fc.record({ orderId: text, checkoutId: text, category: text, searchTerm: text }, optional).chain((rest) =>
    fc
      .option(fc.record({ value: fc.double({ min: 0, max: 1e6, noNaN: true }), currency: fc.constantFrom('EUR', 'USD') }), {
        nil: {},
      })
      .map((total) => ({ ...rest, ...total })),
  ),
  goal: fc.record({ category: text, label: text, value: fc.integer() }, optional),
  properties: fc.dictionary(
    text.filter((name) => name !== '__proto__'),
    text,
    { maxKeys: 4 },
  ),
});

const aBrowser = members.map((more): Event => buildEvent('ord-1', { name: 'Purchase', ...more }));
const aServer = fc
  .tuple(members, fc.constantFrom('server', 'webhook'))
  .map(([more, reporter]): Event => buildEvent('ord-1', { name: 'Purchase', ...more, reporter }));

describe("mergeReports of any browser's report and any report of the shop", () => {
  it('leaves the shop its time, its bot verdict, its stated grant and every member that it states', () => {
    fc.assert(
      fc.property(aBrowser, aServer, (browser, shop) => {
        fc.pre(shop.consent.effective !== 'denied');
        for (const reports of [[browser, shop] as const, [shop, browser] as const]) {
          const joined = mergeReports(reports);
          expect(joined.time).toBe(shop.time);
          expect(joined.receivedAt).toBe(shop.receivedAt);
          expect(joined.bot).toBe(shop.bot);
          const isWithinAnHour = Math.abs(browser.receivedAt - shop.receivedAt) <= hourMs;
          if (shop.consent.stated === 'granted' && !isWithinAnHour) expect(joined.consent).toEqual(shop.consent);
          if (joined.consent.effective === 'denied') {
            expect(browser.consent.effective).toBe('denied');
            continue;
          }
          const { identity, client, page, commerce, goal, properties } = joined;
          expect({ identity, client, page, commerce, goal, properties }).toMatchObject({
            identity: shop.identity,
            client: shop.client,
            page: shop.page,
            commerce: shop.commerce,
            goal: shop.goal,
            properties: shop.properties,
          });
          if (shop.client.ip !== undefined) expect(client.cookieAddresses).toEqual(shop.client.cookieAddresses);
          for (const kind of ['email', 'phone']) {
            const named = Object.keys(shop.identity.forms).filter((name) => name.startsWith(kind));
            const sent = Object.keys(identity.forms).filter((name) => name.startsWith(kind));
            if (named.length > 0) expect(sent.toSorted()).toEqual(named.toSorted());
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('takes no person, visitor, browser, checkout and order from a report that the shop does not confirm, and nothing from a crawler', () => {
    let [same, crawlers] = [0, 0];
    fc.assert(
      fc.property(aBrowser, aServer, (browser, shop) => {
        fc.pre(findUnconfirmed([shop, browser]) !== undefined);
        for (const reports of [[browser, shop] as const, [shop, browser] as const]) {
          const { identity, client, page, commerce, goal, properties, consent } = mergeReports(confirmReports(reports));
          if (consent.effective === 'denied') continue;
          const { forms, externalId, clickIds: _clickIds, ...ids } = identity;
          const { forms: stated, externalId: statedId, clickIds: _statedClicks, ...statedIds } = shop.identity;
          expect(ids).toEqual(statedIds);
          expect([commerce.checkoutId, commerce.orderId]).toEqual([shop.commerce.checkoutId, shop.commerce.orderId]);
          if (isSamePerson(shop.identity, browser.identity)) same += 1;
          else expect({ forms, externalId }).toEqual({ forms: stated, externalId: statedId });
          if (!browser.bot) continue;
          crawlers += 1;
          const given = { identity: shop.identity, client: shop.client, page: shop.page, commerce: shop.commerce };
          expect({ identity, client, page, commerce, goal, properties }).toEqual({
            ...given,
            goal: shop.goal,
            properties: shop.properties,
          });
        }
      }),
      { numRuns: 1_000 },
    );
    expect([same > 10, crawlers > 100]).toEqual([true, true]);
  });

  it('takes click, address and agent from a report that the shop does not confirm', () => {
    const shop = buildEvent('purchase-1', { name: 'Purchase', reporter: 'server' });
    const clickIds = { msclkid: { value: 'c', at: start } };
    const client = { ip: '203.0.113.42', userAgent: 'Mozilla/5.0' };
    const browser = buildEvent('purchase-1', { name: 'Purchase', identity: { forms: {}, clickIds }, client });
    expect(mergeReports(confirmReports([shop, browser]))).toMatchObject({ identity: { clickIds }, client });
  });

  it('returns the same event whichever report comes first, except the order of the reporters', () => {
    fc.assert(
      fc.property(aBrowser, aServer, (browser, shop) => {
        const { reporter: _one, reporters: _ones, warnings: _first, ...before } = mergeReports([browser, shop]);
        const { reporter: _other, reporters: _others, warnings: _second, ...after } = mergeReports([shop, browser]);
        expect(after).toEqual(before);
      }),
    );
  });
});
