import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { type ConsentTimes, consentTimeNames, getBrowserChoices, mergeConsentTimes, toConsentTimes } from './consent-times.ts';
import { decodeProfile } from './decode-profile.ts';
import { emptyProfile } from './empty-profile.ts';
import { encodeProfile } from './profile-encoding.ts';
import { mergeProfiles } from './visitor-profile.ts';

const times: fc.Arbitrary<ConsentTimes> = fc
  .uniqueArray(fc.constantFrom(...consentTimeNames))
  .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, fc.integer({ min: 1, max: 5 })]))));

test('the times of consent statements merge in any order, and are stored as they are', () => {
  fc.assert(
    fc.property(fc.array(times, { minLength: 1, maxLength: 6 }), (all) => {
      const whole = mergeConsentTimes(...all);
      const profiles = all.map((one) => ({ ...emptyProfile, ...one }));
      expect(profiles.toReversed().reduce(mergeProfiles, emptyProfile)).toEqual({ ...emptyProfile, ...whole });
      expect(decodeProfile(encodeProfile({ ...emptyProfile, ...whole }))).toEqual({ ...emptyProfile, ...whole });
    }),
  );
});

describe('the choice of a browser', () => {
  it.each<[string, ConsentTimes, ReturnType<typeof getBrowserChoices>]>([
    ['is none without a statement', {}, {}],
    ['is its grant', { grantedAt: 3, browserGrantedAt: 3 }, { adStorage: 'granted' }],
    ['is its denial', { deniedAt: 3, withdrawnAt: 3 }, { adStorage: 'denied' }],
    ['is the newer of both', { grantedAt: 5, browserGrantedAt: 5, deniedAt: 3, withdrawnAt: 3 }, { adStorage: 'granted' }],
    ['is the denial of the same time', { grantedAt: 3, browserGrantedAt: 3, withdrawnAt: 3 }, { adStorage: 'denied' }],
    ["is not the shop's grant", { grantedAt: 5, shopGrantedAt: 5 }, {}],
    ["is not the shop's denial", { deniedAt: 5, grantedAt: 3, browserGrantedAt: 3 }, { adStorage: 'granted' }],
    ["is not ended by the shop's grant", { grantedAt: 5, shopGrantedAt: 5, withdrawnAt: 3 }, { adStorage: 'denied' }],
    ["of an earlier version's profile is its denial", { grantedAt: 2, deniedAt: 3, withdrawnAt: 3 }, { adStorage: 'denied' }],
    ["of an earlier version's profile is no grant", { grantedAt: 5 }, {}],
    ["of an earlier version's profile is no denial before a grant", { grantedAt: 5, deniedAt: 3, withdrawnAt: 3 }, {}],
    [
      'about a use counts beside the grant that states it',
      { grantedAt: 3, browserGrantedAt: 3, browserAdUserDataDeniedAt: 3 },
      { adStorage: 'granted', adUserData: 'denied' },
    ],
    [
      'about a use ends with a later grant',
      { grantedAt: 5, browserGrantedAt: 5, browserAdUserDataDeniedAt: 3 },
      { adStorage: 'granted' },
    ],
    ['about a use counts alone', { browserAdPersonalizationDeniedAt: 3 }, { adPersonalization: 'denied' }],
    [
      'about a use ends with a later grant of the use',
      { browserAdPersonalizationDeniedAt: 3, browserAdPersonalizationGrantedAt: 5 },
      { adPersonalization: 'granted' },
    ],
    ["about a use is not the shop's", { grantedAt: 3, shopGrantedAt: 3, adUserDataDeniedAt: 3 }, {}],
  ])('%s', (_title, stored, expected) => {
    expect(getBrowserChoices(stored)).toEqual(expected);
  });

  it('is what its reports stated last', () => {
    const granted = { stated: 'granted', effective: 'granted' } as const;
    const silent = { stated: 'unknown', effective: 'granted' } as const;
    const choose = (...reports: readonly ConsentTimes[]) => getBrowserChoices(mergeConsentTimes(...reports));
    const denied = toConsentTimes({ ...granted, adUserData: 'denied' }, true, 1);
    expect(choose(denied)).toEqual({ adStorage: 'granted', adUserData: 'denied' });
    expect(choose(denied, toConsentTimes({ ...granted, adUserData: 'granted' }, true, 2))).toEqual({ adStorage: 'granted' });
    expect(choose(denied, toConsentTimes({ ...granted, adUserData: 'granted' }, false, 2))).toEqual({
      adStorage: 'granted',
      adUserData: 'denied',
    });
    expect(choose(denied, toConsentTimes({ ...silent, adUserData: 'granted' }, true, 2))).toEqual({
      adStorage: 'granted',
      adUserData: 'granted',
    });
    expect(choose(toConsentTimes({ ...silent, adUserData: 'denied' }, false, 1))).toEqual({});
  });
});
