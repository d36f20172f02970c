import { describe, expect, it } from 'vitest';
import type { EnrichedEvent, Event } from '../../event/event.ts';
import { dayMs, hourMs } from '../../event/units.ts';
import { emptyProfile } from '../../visitors/empty-profile.ts';
import { linkKinds } from '../../visitors/identity-links.ts';
import type { VisitorProfile } from '../../visitors/visitor-profile.ts';
import { buildEvent, createSha256, start } from '../delivery.fixture.ts';
import { mergeReports } from '../planning/merge-reports.ts';
import { enrichFromProfile, type LoadedProfiles } from './enrich-from-profile.ts';

const email = createSha256('a');
const phone = createSha256('b');
const other = createSha256('c');
const customer = createSha256('d');
const pending = { stated: 'unknown', effective: 'pending' } as const;
const denied = { stated: 'denied', effective: 'denied' } as const;

/** Clicked two hours before, and reported an e-mail address and a phone an hour before, from one address. */
const visitor: VisitorProfile = {
  clicks: { msclkid: [{ at: start - 2 * hourMs, value: 'm' }] },
  persons: [
    {
      at: start - hourMs,
      value: { forms: { emailMicrosoft: email, phoneE164: phone }, externalId: customer, isNew: false },
    },
  ],
  clients: [{ at: start - hourMs, value: { ip: '203.0.113.42', userAgent: 'Mozilla/5.0' } }],
  browserIds: { _uetvid: [{ at: start - hourMs, value: 'v' }], _fbp: [{ at: start - hourMs, value: 'f' }] },
  grantedAt: start - hourMs,
};

function enrichedEvent(more: Parameters<typeof buildEvent>[1] = {}): EnrichedEvent {
  return mergeReports([buildEvent('a', more)]);
}
const ofVisitor = (known: Partial<LoadedProfiles> = { own: visitor }, more: Parameters<typeof buildEvent>[1] = {}) =>
  enrichFromProfile(enrichedEvent({ identity: { forms: {}, clickIds: {}, anonymousId: 'us' }, ...more }), {
    linked: [],
    ...known,
  });

describe('enrichFromProfile', () => {
  it('adds values that the event lacks, and returns their source', () => {
    const { event, recalled } = ofVisitor();
    expect(event.identity).toEqual({
      anonymousId: 'us',
      forms: { emailMicrosoft: email, phoneE164: phone },
      externalId: customer,
      browserIds: { _uetvid: 'v', _fbp: 'f' },
      clickIds: { msclkid: { value: 'm', at: start - 2 * hourMs } },
    });
    expect(event.client).toEqual({ ip: '203.0.113.42', userAgent: 'Mozilla/5.0' });
    expect(recalled.map(({ key, from }) => `${key} from ${from}`)).toEqual([
      'clickIds.msclkid from visitor',
      'forms from visitor',
      'externalId from visitor',
      'browserIds._uetvid from visitor',
      'browserIds._fbp from visitor',
      'client from visitor',
    ]);
  });

  it('adds nothing that is newer than the event, even if the event is enriched later', () => {
    const { event, recalled } = ofVisitor({ own: visitor }, { time: start - 3 * hourMs });
    expect([event.identity.clickIds, event.identity.forms, event.client, recalled]).toEqual([{}, {}, {}, []]);
  });

  it("keeps the event's own browser id, and adds those of other cookies", () => {
    const identity = { forms: {}, clickIds: {}, anonymousId: 'us', browserIds: { _uetvid: 'mine' } };
    const { event, recalled } = ofVisitor({ own: visitor }, { identity });
    expect(event.identity.browserIds).toEqual({ _uetvid: 'mine', _fbp: 'f' });
    expect(recalled.map(({ key }) => key).filter((key) => key.startsWith('browserIds.'))).toEqual(['browserIds._fbp']);
  });

  it('keeps the first sight of a click that the visitor has seen before, and the own time of an event if that of the click is unknown', () => {
    const seen = { ...emptyProfile, clicks: { fbclid: [{ at: start - hourMs, value: 'IwAR' }] } };
    const own = (at: number) => ({ forms: {}, clickIds: { fbclid: { value: 'IwAR', at } }, anonymousId: 'us' });
    const clickOf = (at: number) => ofVisitor({ own: seen }, { identity: own(at) }).event.identity.clickIds.fbclid;
    expect(clickOf(start)).toEqual({ value: 'IwAR', at: start - hourMs });
    expect(clickOf(start - 2 * hourMs)).toEqual({ value: 'IwAR', at: start - 2 * hourMs });
    expect(clickOf(start - 90 * dayMs)).toEqual({ value: 'IwAR', at: start - hourMs });
  });

  it("keeps the event's own values, except that the newer of two clicks counts", () => {
    const own = {
      forms: { emailMicrosoft: email },
      clickIds: { msclkid: { value: 'mine', at: start } },
      anonymousId: 'us',
      externalId: customer,
    };
    expect(ofVisitor({ own: visitor }, { identity: own }).event.identity).toMatchObject({
      clickIds: { msclkid: { value: 'mine' } },
    });
    const older = { ...own, clickIds: { msclkid: { value: 'cookie', at: start - 50 * dayMs } } };
    expect(ofVisitor({ own: visitor }, { identity: older }).event.identity.clickIds.msclkid?.value).toBe('m');
    const client = { userAgent: 'Other/1' };
    expect(ofVisitor({ own: visitor }, { client }).event.client).toEqual(client);
  });

  it('adds no e-mail address of another person at the same browser', () => {
    const identity = { forms: { emailMicrosoft: other }, clickIds: {}, anonymousId: 'us' };
    const { event } = ofVisitor({ own: visitor }, { identity });
    expect(event.identity.forms).toEqual({ emailMicrosoft: other });
    expect(event.identity).not.toHaveProperty('externalId');
    // The click comes from the browser.
    expect(event.identity.clickIds).toHaveProperty('msclkid');
  });

  it('adds no e-mail address to a guest with an unknown phone number', () => {
    const identity = { forms: { phoneE164: other }, clickIds: {}, anonymousId: 'us' };
    expect(ofVisitor({ own: visitor }, { identity }).event.identity.forms).toEqual({ phoneE164: other });
  });

  it('adds an address and an agent for a day', () => {
    const old = { ...visitor, clients: visitor.clients.map((one) => ({ ...one, at: start - dayMs })) };
    expect(ofVisitor({ own: old }).event.client).toEqual({});
  });

  it('adds nothing to a denied event', () => {
    const { event, recalled } = ofVisitor({ own: visitor }, { consent: denied });
    expect([event.identity.forms, event.identity.clickIds, recalled]).toEqual([{}, {}, []]);
  });
});

describe('an event that names no visitor', () => {
  const identity = { forms: {}, clickIds: {} };
  const linked = (by: LoadedProfiles['linked'][number]['by'], facts = visitor, name = 'linked') => ({
    by,
    visitor: name,
    profile: facts,
  });

  it('gets the profile of the same order or person: the strongest link counts', () => {
    const known = { linked: [linked('order'), linked('email', emptyProfile, 'weaker')] };
    const { event, recalled } = enrichFromProfile(enrichedEvent({ identity, reporter: 'webhook' }), known);
    expect(event.identity).toMatchObject({
      anonymousId: 'linked',
      browserIds: { _uetvid: 'v', _fbp: 'f' },
      clickIds: { msclkid: { value: 'm' } },
    });
    expect(recalled).toContainEqual({ key: 'anonymousId', from: 'order' });
  });

  it('stays unchanged if its keys are unknown', () => {
    expect(enrichFromProfile(enrichedEvent({ identity }), { linked: [] })).toEqual({
      event: enrichedEvent({ identity }),
      recalled: [],
      issues: [],
    });
  });
});

describe('a person on two browsers', () => {
  it('gets only the click of one browser for a sale on the other, linked by e-mail address', () => {
    const phoneBrowser = { ...emptyProfile, clicks: visitor.clicks, browserIds: visitor.browserIds, clients: visitor.clients };
    const { event, recalled } = ofVisitor({
      own: emptyProfile,
      linked: [{ by: 'email', visitor: 'phone', profile: phoneBrowser }],
    });
    expect(event.identity.clickIds.msclkid?.value).toBe('m');
    expect(event.identity).toMatchObject({ anonymousId: 'us' });
    expect(event.identity).not.toHaveProperty('browserIds');
    expect(recalled).toEqual([{ key: 'clickIds.msclkid', from: 'email' }]);
  });

  it('gets address and agent too if linked by the order while the server names another visitor', () => {
    const known = { own: emptyProfile, linked: [{ by: 'order', visitor: 'x', profile: visitor }] } as const;
    const { event, recalled } = ofVisitor(known, { reporter: 'server' });
    expect([event.identity.clickIds.msclkid?.value, event.client.ip]).toEqual(['m', '203.0.113.42']);
    expect(recalled.map(({ key, from }) => `${key} from ${from}`)).toEqual(['clickIds.msclkid from order', 'client from order']);
  });
});

describe('a visitor who claims the order by a purchase of it', () => {
  const claim: LoadedProfiles = { linked: [{ by: 'order', visitor: 'x', profile: visitor, isUnconfirmed: true }] };
  const order = (identity: Parameters<typeof buildEvent>[1] = {}) => enrichedEvent({ reporter: 'server', ...identity });

  it('adds click, address and agent to an event that lacks them, and no identity', () => {
    const { event, recalled } = enrichFromProfile(order({ identity: { forms: {}, clickIds: {} } }), claim);
    expect(event.identity).toEqual({ forms: {}, clickIds: { msclkid: { value: 'm', at: start - 2 * hourMs } } });
    expect(event.client.ip).toBe('203.0.113.42');
    expect(recalled.map(({ key }) => key)).toEqual(['clickIds.msclkid', 'client']);
  });

  it('replaces no click of the event or its own visitor, however old', () => {
    const clickIds = { msclkid: { value: 'mine', at: start - 80 * dayMs } };
    expect(enrichFromProfile(order({ identity: { forms: {}, clickIds } }), claim).event.identity.clickIds).toEqual(clickIds);
    const own = { ...emptyProfile, clicks: { msclkid: [{ at: start - 80 * dayMs, by: 'o', value: 'own' }] } };
    expect(ofVisitor({ own, ...claim }, { reporter: 'server' }).event.identity.clickIds.msclkid?.value).toBe('own');
  });

  it('comes after the visitors that the shop named with the same person', () => {
    const named = { by: 'email', visitor: 'named', profile: { ...visitor, browserIds: {} } } as const;
    const { event } = enrichFromProfile(order({ identity: { forms: {}, clickIds: {} } }), { linked: [...claim.linked, named] });
    expect(event.identity).toMatchObject({ anonymousId: 'named', forms: { emailMicrosoft: email } });
  });
});

describe("the visitor of an unconfirmed browser's report", () => {
  const event = (consent: Event['consent']): EnrichedEvent => {
    const shop = enrichedEvent({ reporter: 'server', identity: { forms: {}, clickIds: {} }, consent });
    return { ...shop, confirmed: shop, claimant: 'x' };
  };
  const granted = { stated: 'granted', effective: 'granted' } as const;

  it('decides nothing about consent, neither by a grant nor by a withdrawal', () => {
    expect(enrichFromProfile(event(pending), { own: visitor, linked: [] }).event.consent).toEqual(pending);
    const withdrew = { ...emptyProfile, deniedAt: start + 1, withdrawnAt: start + 1 };
    expect(enrichFromProfile(event(granted), { own: withdrew, linked: [] }).event.consent).toEqual(granted);
  });

  it('adds click, address and agent, and no identity', () => {
    const { event: recalled } = enrichFromProfile(event(granted), { own: visitor, linked: [] });
    expect(recalled.identity).toMatchObject({ forms: {}, clickIds: { msclkid: { value: 'm' } } });
    expect(recalled.identity).not.toHaveProperty('externalId');
    expect(recalled.client.ip).toBe('203.0.113.42');
    expect(recalled).not.toHaveProperty('claimant');
    expect(recalled.confirmed).toMatchObject({ identity: { forms: {}, clickIds: {} }, client: {} });
  });
});

describe('a shopper who withdrew', () => {
  const withdrew = (at: number) => ({ ...emptyProfile, deniedAt: at, withdrawnAt: at });

  it('has no event sent any more, except those after a new grant', () => {
    const effective = (known: Partial<LoadedProfiles>) => ofVisitor(known).event.consent.effective;
    expect(effective({ own: withdrew(start) })).toBe('denied');
    expect(effective({ own: { ...withdrew(start + hourMs), grantedAt: start + 2 * hourMs } })).toBe('denied');
    expect(effective({ own: withdrew(start - 1) })).toBe('granted');
    expect(effective({ linked: [{ by: 'email', visitor: 'x', profile: withdrew(start) }] })).toBe('granted');
  });
});

describe('an event without a choice about single uses', () => {
  const known = { own: { ...visitor, grantedAt: start - 5, adUserDataDeniedAt: start - 5 } };
  const silent = { stated: 'unknown', effective: 'granted' } as const;

  it("gets the visitor's denials, with the consent", () => {
    expect(ofVisitor(known, { consent: pending }).event.consent).toMatchObject({ effective: 'granted', adUserData: 'denied' });
    expect(ofVisitor(known, { consent: silent }).event.consent).toEqual({ ...silent, adUserData: 'denied' });
  });

  it('keeps its own statement, and a later grant of everything ends the denial', () => {
    expect(ofVisitor(known).event.consent).not.toHaveProperty('adUserData');
    const later = { own: { ...known.own, grantedAt: start - 4 } };
    expect(ofVisitor(later, { consent: silent }).event.consent).toEqual(silent);
  });
});

describe('an event without consent', () => {
  it("takes its visitor's own choice", () => {
    expect(ofVisitor({ own: visitor }, { consent: pending }).event).toMatchObject({
      consent: { stated: 'granted', effective: 'granted' },
      identity: { forms: { emailMicrosoft: email } },
    });
    const withdrawn = { ...emptyProfile, deniedAt: start - 1, withdrawnAt: start - 1 };
    expect(ofVisitor({ own: withdrawn }, { consent: pending }).event.consent.effective).toBe('denied');
    expect(ofVisitor({ own: emptyProfile }, { consent: pending }).event.consent.effective).toBe('pending');
  });

  it('is not sent if its visitor withdrew, although silence counts as grant', () => {
    const silent = { stated: 'unknown', effective: 'granted' } as const;
    const withdrew = { ...emptyProfile, deniedAt: start - 1, withdrawnAt: start - 1 };
    expect(ofVisitor({ own: withdrew }, { consent: silent }).event.consent.effective).toBe('denied');
    expect(ofVisitor({ own: withdrew }).event.consent.effective).toBe('granted');
  });
});

describe('an order without consent', () => {
  const chose = (facts: Partial<VisitorProfile>) => ({ ...emptyProfile, ...facts });
  const yes = chose({ grantedAt: start - 1 });
  const no = chose({ deniedAt: start - 1, withdrawnAt: start - 1 });
  const order = { reporter: 'webhook', consent: pending } as const;

  it("takes the choice in its checkout before its visitor's choice elsewhere", () => {
    const effective = (known: Partial<LoadedProfiles>, more = {}) =>
      ofVisitor(known, { ...order, ...more }).event.consent.effective;
    expect(effective({ checkout: yes })).toBe('granted');
    expect(effective({ checkout: no })).toBe('denied');
    expect(effective({ checkout: no, own: visitor })).toBe('denied');
    expect(effective({ checkout: emptyProfile, own: visitor })).toBe('granted');
    expect(effective({ own: emptyProfile })).toBe('pending');
  });

  it('loses a grant of the checkout by a later denial of its own visitor, and keeps a denial whatever is chosen elsewhere', () => {
    const effective = (known: Partial<LoadedProfiles>) => ofVisitor(known, order).event.consent.effective;
    expect(effective({ checkout: chose({ grantedAt: start - 2 }), own: no })).toBe('denied');
    expect(effective({ checkout: yes, own: chose({ deniedAt: start - 2, withdrawnAt: start - 2 }) })).toBe('granted');
    expect(effective({ checkout: no, own: chose({ grantedAt: start }) })).toBe('denied');
  });

  it.each(linkKinds)('takes neither a grant nor a denial of a visitor who is found by %s', (by) => {
    const linked = (facts: VisitorProfile) => ({ linked: [{ by, visitor: 'linked', profile: facts }] });
    const consent = (known: Partial<LoadedProfiles>, of: object = order) => ofVisitor(known, of).event.consent;
    expect(consent(linked(yes))).toEqual(pending);
    expect(consent(linked(no))).toEqual(pending);
    expect(consent({ ...linked(no), checkout: yes }).effective).toBe('granted');
    expect(consent({ ...linked(yes), checkout: no }).effective).toBe('denied');
    const silent = { stated: 'unknown', effective: 'granted' } as const;
    expect(consent(linked(no), { ...order, consent: silent })).toEqual(silent);
  });

  it('is denied by its checkout even if silence counts as grant', () => {
    const silent = { stated: 'unknown', effective: 'granted' } as const;
    expect(ofVisitor({ checkout: no }, { ...order, consent: silent }).event.consent).toEqual(denied);
    expect(ofVisitor({ checkout: yes }, { ...order, consent: silent }).event.consent.effective).toBe('granted');
  });
});
