import { expect, it } from 'vitest';
import { getBrowserChoices } from '../../visitors/consent-times.ts';
import { emptyProfile } from '../../visitors/empty-profile.ts';
import {
  getBrowserIds,
  getClickIds,
  getClient,
  getPerson,
  latestConsentChoice,
  listDeniedUses,
} from '../../visitors/visitor-profile.ts';
import { buildEvent, createSha256, start } from '../delivery.fixture.ts';
import { client, commerce, email, identity, noProfiles, report } from './profile-updates.fixture.ts';
import { extractProfileUpdates } from './profile-updates.ts';

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

it('a link between domains gives a visitor the clicks and persons of the other one, unless that one denied', () => {
  const other = { ...identity, anonymousId: 'them' };
  const link = buildEvent('l', { name: '$link', identity: { forms: {}, clickIds: {}, anonymousId: 'us', joined: 'them' } });
  const before = report(buildEvent('a', { identity: other, client, commerce, time: start - 9 }));
  const known = extractProfileUpdates([before], noProfiles).profiles;
  const us = extractProfileUpdates([report(link)], known).profiles.get('us') ?? emptyProfile;
  expect(getPerson(us, start)).toEqual({ forms: { emailMicrosoft: email }, externalId: identity.externalId });
  expect(getClickIds(us, start)).toEqual([{ name: 'msclkid', value: 'm', at: start - 1 }]);
  expect(getBrowserIds(us, start)).toEqual([]);
  expect(getClient(us, start, 1)).toBeUndefined();
  const denial = report(
    buildEvent('d', { name: '$consent', identity: other, time: start - 1, consent: { stated: 'denied', effective: 'denied' } }),
  );
  const withdrawn = extractProfileUpdates([denial], known).profiles;
  const alone = extractProfileUpdates([report(link)], new Map([...known, ...withdrawn])).profiles.get('us') ?? emptyProfile;
  expect([getPerson(alone, start), getClickIds(alone, start)]).toEqual([{ forms: {} }, []]);
});
