import { describe, expect, it } from 'vitest';
import { getBrowserChoices } from '../../visitors/consent-times.ts';
import { emptyProfile } from '../../visitors/empty-profile.ts';
import {
  applyGpcDenial,
  getBrowserIds,
  getClickIds,
  getClient,
  getPerson,
  latestConsentChoice,
  listDeniedUses,
} from '../../visitors/visitor-profile.ts';
import { buildEvent, createSha256, start } from '../delivery.fixture.ts';
import { enrichFromProfile } from './enrich-from-profile.ts';
import { extractProfileUpdates, findDeniedVisitors, isCheckoutConsentDenied, listProfileSubjects } from './profile-updates.ts';

const email = createSha256('a');
const identity = {
  forms: { emailMicrosoft: email },
  externalId: createSha256('d'),
  anonymousId: 'us',
  browserIds: { _uetvid: 'v', _fbp: 'f' },
  clickIds: { msclkid: { value: 'm', at: start - 1 } },
};
const client = { ip: '203.0.113.42', userAgent: 'Mozilla/5.0', country: 'US' };
const commerce = { orderId: '1001' };
const noProfiles = new Map();
const report = (event: ReturnType<typeof buildEvent>) => ({ event });

it("a granted report updates its visitor's profile, and links it with its order and its person", () => {
  const { profiles, links } = extractProfileUpdates([report(buildEvent('a', { identity, client, commerce }))], noProfiles);
  const us = profiles.get('us') ?? emptyProfile;
  expect(getPerson(us, start)).toEqual({ forms: { emailMicrosoft: email }, externalId: identity.externalId });
  expect(getClickIds(us, start)).toEqual([{ name: 'msclkid', value: 'm', at: start - 1 }]);
  expect(getBrowserIds(us, start)).toEqual([
    { cookie: '_fbp', id: 'f' },
    { cookie: '_uetvid', id: 'v' },
  ]);
  expect(getClient(us, start, 1)).toEqual({ ip: client.ip, userAgent: client.userAgent });
  expect(latestConsentChoice(us)).toBe('granted');
  expect(links).toEqual(
    ['order:1001', `external-id:${identity.externalId}`, `email:${email}`].map((key) => ({ key, visitor: 'us', at: start })),
  );
});

it('a profile keeps the single uses that a grant denied, until a grant without the denial', () => {
  const at = (time: number, more: object) =>
    report(
      buildEvent(`e${time}`, { identity, time: start + time, consent: { stated: 'granted', effective: 'granted', ...more } }),
    );
  const first = at(-9, { adUserData: 'denied', adPersonalization: 'granted' });
  const known = extractProfileUpdates([first], noProfiles).profiles;
  expect(listDeniedUses(known.get('us') ?? emptyProfile)).toEqual({ adUserData: 'denied' });
  const again = extractProfileUpdates([at(-8, { adPersonalization: 'denied' })], known).profiles;
  expect(listDeniedUses(again.get('us') ?? emptyProfile)).toEqual({ adPersonalization: 'denied' });
});

it("a profile keeps a browser's choices apart from the shop's", () => {
  const choose = (reporter: 'browser' | 'server' | 'webhook', stated: 'granted' | 'denied' | 'unknown', more: object = {}) => {
    const effective = stated === 'unknown' ? 'granted' : stated;
    const event = buildEvent('a', { name: '$denial', identity, reporter, consent: { stated, effective, ...more } });
    return getBrowserChoices(extractProfileUpdates([report(event)], noProfiles).profiles.get('us') ?? emptyProfile);
  };
  const uses = { adUserData: 'denied' } as const;
  expect(choose('browser', 'granted', uses)).toEqual({ adStorage: 'granted', ...uses });
  expect(choose('browser', 'unknown', uses)).toEqual(uses);
  expect(choose('browser', 'denied')).toEqual({ adStorage: 'denied' });
  for (const shop of ['server', 'webhook'] as const)
    for (const stated of ['granted', 'denied', 'unknown'] as const) expect(choose(shop, stated, uses)).toEqual({});
});

it('a profile keeps no name, birth and address', () => {
  const forms = {
    ...identity.forms,
    firstNameLetters: createSha256('1'),
    dateOfBirth: createSha256('2'),
    zip: createSha256('3'),
  };
  const { profiles } = extractProfileUpdates([report(buildEvent('a', { identity: { ...identity, forms } }))], noProfiles);
  expect(profiles.get('us')?.persons.map(({ value }) => value.forms)).toEqual([identity.forms]);
  const nameless = { ...identity, externalId: undefined, forms: { firstNameLetters: createSha256('1') } };
  const { externalId: _, ...unnamed } = nameless;
  const only = extractProfileUpdates([report(buildEvent('b', { identity: unnamed }))], noProfiles);
  expect(only.profiles.get('us')?.persons).toEqual([]);
});

it("a server's address and agent update no profile", () => {
  const { profiles } = extractProfileUpdates([report(buildEvent('a', { identity, client, reporter: 'server' }))], noProfiles);
  expect(profiles.get('us')?.clients).toEqual([]);
});

it('`identify` starts a new person, another report adds to the present one', () => {
  const identify = buildEvent('b', {
    name: '$identify',
    identity: { forms: {}, externalId: createSha256('e'), anonymousId: 'us', clickIds: {} },
    time: start + 1,
  });
  const { profiles } = extractProfileUpdates([report(buildEvent('a', { identity })), report(identify)], noProfiles);
  expect(getPerson(profiles.get('us') ?? emptyProfile, start + 1)).toEqual({ forms: {}, externalId: createSha256('e') });
});

it.each([
  [{ stated: 'unknown', effective: 'pending' }, undefined],
  [{ stated: 'unknown', effective: 'denied' }, undefined],
  [
    { stated: 'denied', effective: 'denied' },
    { ...emptyProfile, deniedAt: start, withdrawnAt: start },
  ],
] as const)("%j stores only the shopper's denial", (consent, expected) => {
  const { profiles, links } = extractProfileUpdates(
    [report(buildEvent('a', { identity, client, commerce, consent }))],
    noProfiles,
  );
  expect([profiles.get('us'), links]).toEqual([expected, []]);
});

it("a server's denial applies to its event alone, a browser's is the shopper's for all events", () => {
  const choose = (reporter: 'browser' | 'server') => {
    const denial = buildEvent('a', { name: '$denial', identity, reporter, consent: { stated: 'denied', effective: 'denied' } });
    return latestConsentChoice(extractProfileUpdates([report(denial)], noProfiles).profiles.get('us') ?? emptyProfile);
  };
  expect([choose('server'), choose('browser')]).toEqual([undefined, 'denied']);
});

describe('a denial by Global Privacy Control', () => {
  const byGpc = { stated: 'denied', effective: 'denied', source: 'gpc' } as const;
  const denial = (time: number) => report(buildEvent(`g${time}`, { name: '$denial', identity, time, consent: byGpc }));
  const grant = (time: number, reporter: 'browser' | 'server') => report(buildEvent(`y${time}`, { identity, time, reporter }));
  /** Applies the reports one after another, as they arrive, and reads the visitor's profile. */
  const read = (reports: readonly ReturnType<typeof report>[], subject = 'us') => {
    let known: ReturnType<typeof extractProfileUpdates>['profiles'] = noProfiles;
    for (const one of reports) known = new Map([...known, ...extractProfileUpdates([one], known).profiles]);
    return applyGpcDenial(known.get(subject) ?? emptyProfile);
  };
  const waiting = { ...buildEvent('w', { identity, time: start - 8 }), reporters: ['browser'] as const };
  const getEffective = (own: ReturnType<typeof read>) => enrichFromProfile(waiting, { own, linked: [] }).event.consent.effective;

  it.each([
    ["a browser's grant before it", [grant(start - 9, 'browser'), denial(start - 5)], 'granted'],
    ["a browser's grant after it", [denial(start - 5), grant(start - 2, 'browser')], 'granted'],
    ["only the shop's grant", [grant(start - 9, 'server'), denial(start - 5)], 'denied'],
    ['no grant', [denial(start - 5)], 'denied'],
  ] as const)('with %s leaves waiting events %#, in any order of arrival', (_, reports, expected) => {
    expect(getEffective(read(reports))).toBe(expected);
    expect(read(reports.toReversed())).toEqual(read(reports));
  });

  it("leaves the same data of a shop's event without a consent, in any order of arrival", () => {
    const silent = { stated: 'unknown', effective: 'granted' } as const;
    const [first, shop, last] = [
      denial(start - 5),
      report(buildEvent('s', { reporter: 'server', identity, time: start - 3, consent: silent })),
      report(buildEvent('y', { reporter: 'browser', identity: { ...identity, clickIds: {} }, time: start - 2 })),
    ];
    const orders = [
      [first, shop, last],
      [first, last, shop],
      [shop, first, last],
      [shop, last, first],
      [last, first, shop],
      [last, shop, first],
    ];
    for (const order of orders) {
      expect(read(order)).toEqual(read([last, first, shop]));
      expect(getClickIds(read(order), start)).toHaveLength(1);
      const withoutGrant = read(order.filter((one) => one !== last));
      expect([withoutGrant.clicks, withoutGrant.persons, withoutGrant.browserIds]).toEqual([{}, [], {}]);
    }
  });

  it("does not lift the shopper's own denial", () => {
    const own = report(
      buildEvent('n', { name: '$denial', identity, time: start - 4, consent: { stated: 'denied', effective: 'denied' } }),
    );
    expect(getEffective(read([grant(start - 9, 'browser'), own, denial(start - 3)]))).toBe('denied');
    expect(getEffective(read([denial(start - 3), own, grant(start - 9, 'browser')]))).toBe('denied');
  });

  it('denies its checkout, and that of its visitor, unless a browser states a grant', () => {
    const commerce = { checkoutId: 'token' };
    const inCheckout = report(buildEvent('c', { reporter: 'browser', commerce, time: start - 5, consent: byGpc }));
    const began = report(buildEvent('b', { reporter: 'browser', identity, commerce, time: start - 9 }));
    const silent = { stated: 'unknown', effective: 'granted' } as const;
    const beganSilently = report(buildEvent('b', { reporter: 'browser', identity, commerce, time: start - 9, consent: silent }));
    expect(latestConsentChoice(read([inCheckout], 'checkout token'))).toBe('denied');
    expect(latestConsentChoice(read([inCheckout, began], 'checkout token'))).toBe('granted');
    const choose = (...reports: readonly ReturnType<typeof report>[]) =>
      latestConsentChoice(
        applyGpcDenial(extractProfileUpdates(reports, noProfiles).profiles.get('checkout token') ?? emptyProfile),
      );
    expect(choose(beganSilently, denial(start - 5))).toBe('denied');
    expect(choose(began, denial(start - 5))).toBe('granted');
  });

  it("in the checkout of an order without a consent counts unless the browser of the order's visitor states a grant", () => {
    const commerce = { checkoutId: '5f3b1d2e9c8a47b6a1d0e4f2c3b5a697' };
    const inCheckout = report(buildEvent('c', { reporter: 'browser', commerce, time: start - 5, consent: byGpc }));
    const order = buildEvent('o', {
      reporter: 'server',
      identity,
      commerce,
      consent: { stated: 'unknown', effective: 'granted' },
    });
    const isDenied = (...reports: readonly ReturnType<typeof report>[]) => {
      const { profiles } = extractProfileUpdates(reports, noProfiles);
      return isCheckoutConsentDenied(order, (subject) => profiles.get(subject));
    };
    expect(isDenied(inCheckout)).toBe(true);
    expect(isDenied(inCheckout, grant(start - 9, 'server'))).toBe(true);
    expect(isDenied(inCheckout, grant(start - 9, 'browser'))).toBe(false);
  });
});

it('a crawler and a report without a visitor update no profile', () => {
  const { profiles } = extractProfileUpdates(
    [report(buildEvent('a', { identity, bot: true })), report(buildEvent('b'))],
    noProfiles,
  );
  expect([...profiles]).toEqual([]);
});

it('a visitor who withdrew gets updates again after their own grant, and not by silence', () => {
  const known = new Map([['us', { ...emptyProfile, deniedAt: start - 1, withdrawnAt: start - 1 }]]);
  const silent = buildEvent('a', { identity, consent: { stated: 'unknown', effective: 'granted' } });
  expect([...extractProfileUpdates([report(silent)], known).profiles]).toEqual([]);
  expect(
    getPerson(extractProfileUpdates([report(buildEvent('a', { identity }))], known).profiles.get('us') ?? emptyProfile, start)
      .forms,
  ).toEqual(identity.forms);
});

it("the shop's grant does not update the profile of a visitor whose browser denied, and a grant of the browser does", () => {
  const known = new Map([['us', { ...emptyProfile, deniedAt: start - 1, withdrawnAt: start - 1 }]]);
  const updates = (reporter: 'server' | 'webhook' | 'browser') =>
    extractProfileUpdates([report(buildEvent('a', { identity, client, commerce, reporter }))], known);
  for (const shop of ['server', 'webhook'] as const) {
    expect([...updates(shop).profiles]).toEqual([]);
    expect(updates(shop).links).toEqual([]);
  }
  expect(getBrowserChoices(updates('browser').profiles.get('us') ?? emptyProfile)).toEqual({ adStorage: 'granted' });
});

it('a report whose clock is ahead counts from its receipt', () => {
  const { profiles, links } = extractProfileUpdates(
    [report(buildEvent('a', { identity, commerce, time: start + 60_000 }))],
    noProfiles,
  );
  expect([profiles.get('us')?.persons[0]?.at, links[0]?.at]).toEqual([start, start]);
});

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
