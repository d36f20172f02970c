import { describe, expect, it } from 'vitest';
import { type Event, isTrusted } from '../../event/event.ts';
import { parseEventKey } from '../../event/event-key.ts';
import { emptyProfile } from '../../visitors/empty-profile.ts';
import { buildEvent, createConsumerSite, start } from '../delivery.fixture.ts';
import { enrichFromProfile } from '../profiles/enrich-from-profile.ts';
import { extractProfileUpdates } from '../profiles/profile-updates.ts';
import { useTestStorage } from '../test-site.fixture.ts';
import { judgeReports } from './confirm-reports.ts';
import { mergeReports } from './merge-reports.ts';

/** The events of a hook that is not signed: those of whoever sees one of its requests. */

const unsigned = { reporter: 'browser', via: 'hook:crm' } as const;
const purchase = (more: Partial<Event>) => buildEvent('ord-1', { name: 'Purchase', ...more });
const granted = { stated: 'granted', effective: 'granted' } as const;
const denied = { stated: 'denied', effective: 'denied' } as const;
const visitor = { forms: {}, clickIds: {}, anonymousId: 'us' };

const merge = (...[first, ...more]: readonly [Event, ...Event[]]) => mergeReports(judgeReports([first, ...more], false).reports);

describe('a hook that is not signed', () => {
  const forged = purchase({ ...unsigned, commerce: { value: 999, currency: 'USD', coupon: 'WELCOME' } });

  it.each(['server', 'webhook'] as const)("fills in what the shop's %s does not state, and replaces nothing", (reporter) => {
    const sale = purchase({ reporter, commerce: { value: 20, currency: 'USD' } });
    for (const reports of [[sale, forged] as const, [forged, sale] as const])
      expect(merge(...reports).commerce).toEqual({ value: 20, currency: 'USD', coupon: 'WELCOME' });
  });

  it("replaces no report of the shopper's page, whichever came first", () => {
    const page = purchase({ reporter: 'browser', commerce: { value: 20, currency: 'USD' } });
    for (const reports of [[page, forged] as const, [forged, page] as const])
      expect(merge(...reports).commerce).toEqual({ value: 20, currency: 'USD' });
  });

  it('grants nothing against a denial of the page', () => {
    const page = purchase({ reporter: 'browser', consent: denied });
    for (const reports of [[page, forged] as const, [forged, page] as const])
      expect(merge(...reports).consent).toMatchObject(denied);
  });

  it("states no choice of the visitor's own browser", () => {
    const choice = (reported: Pick<Event, 'reporter' | 'via'>, consent: Event['consent']) =>
      extractProfileUpdates([{ event: buildEvent('a', { identity: visitor, consent, ...reported }) }], new Map()).profiles.get(
        'us',
      );
    expect(choice(unsigned, granted)).toMatchObject({ clients: [] });
    expect(choice(unsigned, granted)).not.toHaveProperty('browserGrantedAt');
    expect(choice(unsigned, denied)).toMatchObject({ deniedAt: start });
    expect(choice(unsigned, denied)).not.toHaveProperty('withdrawnAt');
    expect(choice({ reporter: 'browser' }, granted)).toHaveProperty('browserGrantedAt');
  });

  it("takes the choice of the visitor's browser, also against a grant that the hook states", () => {
    const own = (consent: Event['consent']) =>
      extractProfileUpdates([{ event: buildEvent('page', { identity: visitor, consent }) }], new Map()).profiles.get('us') ??
      emptyProfile;
    const enrich = (consent: Event['consent'], profile: ReturnType<typeof own>) => {
      const event = mergeReports([buildEvent('lead', { ...unsigned, name: 'Lead', identity: visitor, consent })]);
      return enrichFromProfile(event, { own: profile, linked: [] }).event.consent.effective;
    };
    expect(enrich(granted, own(denied))).toBe('denied');
    expect(enrich({ stated: 'unknown', effective: 'pending' }, own(granted))).toBe('granted');
    expect(enrich({ stated: 'unknown', effective: 'pending' }, own(denied))).toBe('denied');
  });
});

describe('a purchase that a page and then an unsigned hook report', () => {
  const storage = useTestStorage();

  it('is delivered once, with the total of the page, and is no order of the shop', async () => {
    const testSite = storage.createSite(100);
    testSite.identity();
    testSite.connection({ site: createConsumerSite(testSite.site, 0) });
    const report = (more: Partial<Event>) => testSite.event('ord-1', { name: 'Purchase', ...more });
    const money = (value: number) => ({ commerce: { value, currency: 'USD', orderId: '1001' } });
    const offsets = await testSite.deliver(report({ reporter: 'browser', ...money(20) }));
    offsets.push(...(await testSite.deliver(report({ ...unsigned, ...money(999) }))));
    await testSite.waitUntilSettled(offsets);
    expect(await testSite.getOutcomes(offsets)).toEqual(['delivered', 'duplicate']);
    expect(testSite.sender.accepted).toEqual(['ord-1']);
    const [order] = await testSite.store.listPurchases(testSite.site, '', '\uffff', 9);
    expect(order).toMatchObject({ reporters: ['browser'], money: { currency: 'USD', amount: 20 } });
    const records = await testSite.log.get(testSite.site, offsets);
    expect(records.map(({ key }) => parseEventKey(key).via)).toEqual([undefined, 'hook:crm']);
    expect(order?.reporters.some((reporter) => isTrusted({ reporter }))).toBe(false);
  });
});
