import { describe, expect, it } from 'vitest';
import { emptyProfile } from '../../visitors/empty-profile.ts';
import { latestConsentChoice } from '../../visitors/visitor-profile.ts';
import { buildEvent, start } from '../delivery.fixture.ts';
import { identity, noProfiles, report } from './profile-updates.fixture.ts';
import { extractProfileUpdates, findDeniedVisitors, isCheckoutConsentDenied, listProfileSubjects } from './profile-updates.ts';

describe('consent choices in a checkout', () => {
  const inCheckout = (stated: 'granted' | 'denied' | 'unknown', at: number, more: Parameters<typeof buildEvent>[1] = {}) =>
    report(
      buildEvent('c', {
        name: 'InitiateCheckout',
        reporter: 'browser',
        commerce: { checkoutId: 'token' },
        consent: { stated, effective: stated === 'granted' ? 'granted' : 'denied' },
        time: at,
        ...more,
      }),
    );
  const chosen = (...reports: readonly ReturnType<typeof inCheckout>[]) =>
    latestConsentChoice(extractProfileUpdates(reports, noProfiles).profiles.get('checkout token') ?? emptyProfile);

  it('are stored for the checkout, even if the report names no visitor, and the last choice counts', () => {
    expect(chosen(inCheckout('denied', start))).toBe('denied');
    expect(chosen(inCheckout('granted', start))).toBe('granted');
    expect(chosen(inCheckout('denied', start - 1), inCheckout('granted', start))).toBe('granted');
    expect(chosen(inCheckout('denied', start), inCheckout('granted', start - 1))).toBe('denied');
  });

  it("are not stored for a policy's default, a server's report or a crawler", () => {
    expect(chosen(inCheckout('unknown', start))).toBeUndefined();
    expect(chosen(inCheckout('granted', start, { reporter: 'server' }))).toBeUndefined();
    expect(chosen(inCheckout('granted', start, { bot: true }))).toBeUndefined();
  });

  it('link the visitor with the checkout if they grant', () => {
    const { links } = extractProfileUpdates([inCheckout('granted', start, { identity })], noProfiles);
    expect(links[0]).toEqual({ key: 'checkout:token', visitor: 'us', at: start });
    expect(extractProfileUpdates([inCheckout('denied', start)], noProfiles).links).toEqual([]);
  });

  it("are withdrawn by the visitor's withdrawal, because the order may name no visitor", () => {
    const withdrew = report(
      buildEvent('w', {
        name: '$consent',
        reporter: 'browser',
        identity: { forms: {}, clickIds: {}, anonymousId: 'us' },
        consent: { stated: 'denied', effective: 'denied' },
        time: start + 1,
      }),
    );
    const began = inCheckout('granted', start, { identity });
    expect(findDeniedVisitors([began, withdrew])).toEqual(['us']);
    const choice = ({ profiles }: ReturnType<typeof extractProfileUpdates>) =>
      latestConsentChoice(profiles.get('checkout token') ?? emptyProfile);
    // In one page, in either order, and much later, when only the store has the link.
    expect(choice(extractProfileUpdates([began, withdrew], noProfiles))).toBe('denied');
    expect(choice(extractProfileUpdates([withdrew, began], noProfiles))).toBe('denied');
    const known = new Map([['checkout token', { ...emptyProfile, grantedAt: start }]]);
    const linked = [
      { key: 'checkout:token', visitor: 'us', at: start },
      { key: 'order:1001', visitor: 'us', at: start },
    ];
    expect(listProfileSubjects([withdrew], linked)).toEqual(['us', 'checkout token']);
    expect(choice(extractProfileUpdates([withdrew], known, linked))).toBe('denied');
    expect([...extractProfileUpdates([withdrew], known, linked).profiles.keys()]).toEqual(['us', 'checkout token']);
  });

  it('are not withdrawn by an earlier withdrawal', () => {
    const known = new Map([['us', { ...emptyProfile, deniedAt: start - 9, withdrawnAt: start - 9, grantedAt: start - 5 }]]);
    const silent = report(
      buildEvent('o', {
        name: 'Purchase',
        reporter: 'webhook',
        identity,
        commerce: { checkoutId: 'token' },
        consent: { stated: 'unknown', effective: 'granted' },
      }),
    );
    expect([...extractProfileUpdates([silent], known).profiles.keys()]).toEqual(['us']);
    expect(extractProfileUpdates([silent], known).links).toContainEqual({ key: 'checkout:token', visitor: 'us', at: start });
  });

  it('prevent updates by an order without consent if they deny', () => {
    const order = report(
      buildEvent('o', {
        reporter: 'webhook',
        identity,
        commerce: { checkoutId: 'token' },
        consent: { stated: 'unknown', effective: 'granted' },
      }),
    );
    const profiles = extractProfileUpdates([order, inCheckout('denied', start)], noProfiles).profiles;
    expect([...profiles.keys()]).toEqual(['checkout token']);
    expect(isCheckoutConsentDenied(order.event, (subject) => profiles.get(subject))).toBe(true);
    const recorded = { ...order.event, notSent: 'record-only' } as const;
    expect(isCheckoutConsentDenied(recorded, (subject) => profiles.get(subject))).toBe(false);
    expect([...extractProfileUpdates([order], noProfiles).profiles.keys()]).toEqual(['us']);
  });

  it("add to the checkout's profile", () => {
    const reports = [inCheckout('granted', start - 1, { identity })];
    expect(listProfileSubjects(reports)).toEqual(['us', 'checkout token']);
    const known = new Map([['checkout token', { ...emptyProfile, deniedAt: start, withdrawnAt: start }]]);
    expect(latestConsentChoice(extractProfileUpdates(reports, known).profiles.get('checkout token') ?? emptyProfile)).toBe(
      'denied',
    );
  });
});
