import { describe, expect, it } from 'vitest';
import { emptyProfile, getClickIds, getClient, getPerson, latestConsentChoice } from '../../identity/visitor-profile.ts';
import { anEvent, sha256Of, start } from '../delivery.fixture.ts';
import { extractProfileUpdates, isCheckoutConsentDenied, profileSubjects, visitorsWhoDenied } from './profile-updates.ts';

const email = sha256Of('a');
const identity = {
  forms: { emailMicrosoft: email },
  externalId: sha256Of('d'),
  anonymousId: 'us',
  uetVid: 'v',
  clickIds: { msclkid: { value: 'm', at: start - 1 } },
};
const client = { ip: '203.0.113.42', userAgent: 'Mozilla/5.0', country: 'US' };
const commerce = { orderId: '1001' };
const nobody = new Map();
const report = (event: ReturnType<typeof anEvent>) => ({ event });

it('a granted report tells of its visitor, and links it with its order and its person', () => {
  const { facts, links } = extractProfileUpdates([report(anEvent('a', { identity, client, commerce }))], nobody);
  const us = facts.get('us') ?? emptyProfile;
  expect(getPerson(us, start)).toEqual({ forms: { emailMicrosoft: email }, externalId: identity.externalId });
  expect(getClickIds(us, start)).toEqual([{ name: 'msclkid', value: 'm', at: start - 1 }]);
  expect(getClient(us, start, 1)).toEqual({ ip: client.ip, userAgent: client.userAgent });
  expect(latestConsentChoice(us)).toBe('granted');
  expect(links).toEqual(
    ['order:1001', `external-id:${identity.externalId}`, `email:${email}`].map((key) => ({ key, visitor: 'us', at: start })),
  );
});

it('the address and agent of a server describe no visitor of the shop', () => {
  const { facts } = extractProfileUpdates([report(anEvent('a', { identity, client, reporter: 'server' }))], nobody);
  expect(facts.get('us')?.clients).toEqual([]);
});

it('`identify` begins a new person, another report adds to the one', () => {
  const identify = anEvent('b', {
    name: '$identify',
    identity: { forms: {}, externalId: sha256Of('e'), anonymousId: 'us', clickIds: {} },
    time: start + 1,
  });
  const { facts } = extractProfileUpdates([report(anEvent('a', { identity })), report(identify)], nobody);
  expect(getPerson(facts.get('us') ?? emptyProfile, start + 1)).toEqual({ forms: {}, externalId: sha256Of('e') });
});

it.each([
  [{ stated: 'unknown', effective: 'pending' }, undefined],
  [{ stated: 'unknown', effective: 'denied' }, undefined],
  [
    { stated: 'denied', effective: 'denied' },
    { ...emptyProfile, deniedAt: start },
  ],
] as const)('of %j nothing is kept but that a shopper denied', (consent, expected) => {
  const { facts, links } = extractProfileUpdates([report(anEvent('a', { identity, client, commerce, consent }))], nobody);
  expect([facts.get('us'), links]).toEqual([expected, []]);
});

it('a crawler and a report without a visitor tell of nobody', () => {
  const { facts } = extractProfileUpdates([report(anEvent('a', { identity, bot: true })), report(anEvent('b'))], nobody);
  expect([...facts]).toEqual([]);
});

it('a visitor who withdrew is learned from again once they grant themselves, and not by silence', () => {
  const known = new Map([['us', { ...emptyProfile, deniedAt: start - 1, withdrawnAt: start - 1 }]]);
  const silent = anEvent('a', { identity, consent: { stated: 'unknown', effective: 'granted' } });
  expect([...extractProfileUpdates([report(silent)], known).facts]).toEqual([]);
  expect(
    getPerson(extractProfileUpdates([report(anEvent('a', { identity }))], known).facts.get('us') ?? emptyProfile, start).forms,
  ).toEqual(identity.forms);
});

it('a report whose clock is ahead tells no later than it came', () => {
  const { facts, links } = extractProfileUpdates([report(anEvent('a', { identity, commerce, time: start + 60_000 }))], nobody);
  expect([facts.get('us')?.persons[0]?.at, links[0]?.at]).toEqual([start, start]);
});

describe('what was chosen in a checkout', () => {
  const inCheckout = (stated: 'granted' | 'denied' | 'unknown', at: number, more: Parameters<typeof anEvent>[1] = {}) =>
    report(
      anEvent('c', {
        name: 'InitiateCheckout',
        reporter: 'browser',
        commerce: { checkoutId: 'token' },
        consent: { stated, effective: stated === 'granted' ? 'granted' : 'denied' },
        time: at,
        ...more,
      }),
    );
  const chosen = (...reports: readonly ReturnType<typeof inCheckout>[]) =>
    latestConsentChoice(extractProfileUpdates(reports, nobody).facts.get('checkout token') ?? emptyProfile);

  it('is known of the checkout, also where the report names nobody, and the last word counts', () => {
    expect(chosen(inCheckout('denied', start))).toBe('denied');
    expect(chosen(inCheckout('granted', start))).toBe('granted');
    expect(chosen(inCheckout('denied', start - 1), inCheckout('granted', start))).toBe('granted');
    expect(chosen(inCheckout('denied', start), inCheckout('granted', start - 1))).toBe('denied');
  });

  it('is nothing that only a policy says, that a server says, or that a crawler does', () => {
    expect(chosen(inCheckout('unknown', start))).toBeUndefined();
    expect(chosen(inCheckout('granted', start, { reporter: 'server' }))).toBeUndefined();
    expect(chosen(inCheckout('granted', start, { bot: true }))).toBeUndefined();
  });

  it('links the visitor with the checkout where it was a yes', () => {
    const { links } = extractProfileUpdates([inCheckout('granted', start, { identity })], nobody);
    expect(links[0]).toEqual({ key: 'checkout:token', visitor: 'us', at: start });
    expect(extractProfileUpdates([inCheckout('denied', start)], nobody).links).toEqual([]);
  });

  it('is withdrawn with what the visitor withdraws: the order may name nobody', () => {
    const withdrew = report(
      anEvent('w', {
        name: '$consent',
        reporter: 'browser',
        identity: { forms: {}, clickIds: {}, anonymousId: 'us' },
        consent: { stated: 'denied', effective: 'denied' },
        time: start + 1,
      }),
    );
    const began = inCheckout('granted', start, { identity });
    expect(visitorsWhoDenied([began, withdrew])).toEqual(['us']);
    const choice = ({ facts }: ReturnType<typeof extractProfileUpdates>) =>
      latestConsentChoice(facts.get('checkout token') ?? emptyProfile);
    // In one go, in either order, and long after, when only the store knows the link.
    expect(choice(extractProfileUpdates([began, withdrew], nobody))).toBe('denied');
    expect(choice(extractProfileUpdates([withdrew, began], nobody))).toBe('denied');
    const known = new Map([['checkout token', { ...emptyProfile, grantedAt: start }]]);
    const linked = [
      { key: 'checkout:token', visitor: 'us', at: start },
      { key: 'order:1001', visitor: 'us', at: start },
    ];
    expect(profileSubjects([withdrew], linked)).toEqual(['us', 'checkout token']);
    expect(choice(extractProfileUpdates([withdrew], known, linked))).toBe('denied');
    expect([...extractProfileUpdates([withdrew], known, linked).facts.keys()]).toEqual(['us', 'checkout token']);
  });

  it('is not withdrawn by what the visitor took back before', () => {
    const known = new Map([['us', { ...emptyProfile, deniedAt: start - 9, withdrawnAt: start - 9, grantedAt: start - 5 }]]);
    const silent = report(
      anEvent('o', {
        name: 'Purchase',
        reporter: 'webhook',
        identity,
        commerce: { checkoutId: 'token' },
        consent: { stated: 'unknown', effective: 'granted' },
      }),
    );
    expect([...extractProfileUpdates([silent], known).facts.keys()]).toEqual(['us']);
    expect(extractProfileUpdates([silent], known).links).toContainEqual({ key: 'checkout:token', visitor: 'us', at: start });
  });

  it('and was a no: nothing is learned of an order that nobody spoke for', () => {
    const order = report(
      anEvent('o', {
        reporter: 'webhook',
        identity,
        commerce: { checkoutId: 'token' },
        consent: { stated: 'unknown', effective: 'granted' },
      }),
    );
    const facts = extractProfileUpdates([order, inCheckout('denied', start)], nobody).facts;
    expect([...facts.keys()]).toEqual(['checkout token']);
    expect(isCheckoutConsentDenied(order.event, (subject) => facts.get(subject))).toBe(true);
    const recorded = { ...order.event, notSent: 'record-only' } as const;
    expect(isCheckoutConsentDenied(recorded, (subject) => facts.get(subject))).toBe(false);
    expect([...extractProfileUpdates([order], nobody).facts.keys()]).toEqual(['us']);
  });

  it('adds to what is known of it', () => {
    const reports = [inCheckout('granted', start - 1, { identity })];
    expect(profileSubjects(reports)).toEqual(['us', 'checkout token']);
    const known = new Map([['checkout token', { ...emptyProfile, deniedAt: start, withdrawnAt: start }]]);
    expect(latestConsentChoice(extractProfileUpdates(reports, known).facts.get('checkout token') ?? emptyProfile)).toBe('denied');
  });
});
