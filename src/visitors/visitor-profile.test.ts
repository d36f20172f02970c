import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { isSha256, type NormalForms, type Sha256 } from '../event/event.ts';
import { dayMs, hourMs, minuteMs } from '../event/units.ts';
import { consentTimeNames } from './consent-times.ts';
import { emptyProfile } from './empty-profile.ts';
import { dropExpired, getNextExpiry } from './profile-expiry.ts';
import {
  applyGpcDenial,
  getClickIds,
  getClient,
  getPerson,
  isSamePerson,
  latestConsentChoice,
  mergeProfiles,
  type Person,
  type VisitorProfile,
} from './visitor-profile.ts';

function hash(digit: string): Sha256 {
  const text = digit.repeat(64);
  if (!isSha256(text)) throw new Error('one hexadecimal digit');
  return text;
}

const buildProfile = (at: number, value: Person & { readonly isNew?: boolean }): VisitorProfile => ({
  ...emptyProfile,
  persons: [{ at, value: { isNew: false, ...value } }],
});
const email = (digit: string): NormalForms => ({ emailMicrosoft: hash(digit), emailPlain: hash(digit) });
const merged = (...profile: readonly VisitorProfile[]) => profile.reduce(mergeProfiles, emptyProfile);

/** Few values of each kind, so that ties, repetitions and contradictions are common. */
const time = fc.integer({ min: 1, max: 12 }).map((part) => part * 25 * minuteMs);
const digit = fc.constantFrom('a', 'b', 'c');
const anything: fc.Arbitrary<VisitorProfile> = fc.oneof(
  fc.tuple(time, digit, fc.constantFrom('msclkid', 'gclid')).map(([at, value, name]): VisitorProfile => {
    return { ...emptyProfile, clicks: { [name]: [{ at, value }] } };
  }),
  fc.tuple(time, digit, fc.boolean()).map(([at, mark, isNew]): VisitorProfile => {
    return { ...emptyProfile, persons: [{ at, value: { forms: email(mark), isNew } }] };
  }),
  fc.tuple(time, digit).map(([at, ip]): VisitorProfile => ({ ...emptyProfile, clients: [{ at, value: { ip } }] })),
  fc.tuple(time, digit, fc.constantFrom('_uetvid', '_fbp')).map(([at, value, cookie]): VisitorProfile => {
    return { ...emptyProfile, browserIds: { [cookie]: [{ at, value }] } };
  }),
  time.map((deniedAt): VisitorProfile => ({ ...emptyProfile, deniedAt })),
  time.map((at): VisitorProfile => ({ ...emptyProfile, deniedAt: at, withdrawnAt: at })),
  fc.tuple(time, fc.constantFrom(...consentTimeNames)).map(([at, name]): VisitorProfile => ({ ...emptyProfile, [name]: at })),
);

describe('a visitor profile', () => {
  it('merges to the same result in any order, grouping and repetition', () => {
    const interleaved = fc
      .array(anything, { minLength: 1, maxLength: 40 })
      .chain((profile) =>
        fc.tuple(
          fc.constant(profile),
          fc.shuffledSubarray([...profile, ...profile], { minLength: 2 * profile.length, maxLength: 2 * profile.length }),
          fc.integer({ min: 0, max: 2 * profile.length }),
        ),
      );
    fc.assert(
      fc.property(interleaved, ([profile, shuffled, cut]) => {
        const halves = mergeProfiles(merged(...shuffled.slice(0, cut)), merged(...shuffled.slice(cut)));
        expect(halves).toEqual(merged(...profile));
      }),
      { numRuns: 10_000 },
    );
  });

  it('drops entries before a denial, also when merged later, and keeps entries after it', () => {
    const click = (at: number): VisitorProfile => ({ ...emptyProfile, clicks: { msclkid: [{ at, value: 'x' }] } });
    const denial = { ...emptyProfile, deniedAt: 5 };
    expect(getClickIds(merged(click(4), denial), 9)).toEqual([]);
    expect(getClickIds(merged(denial, click(4)), 9)).toEqual([]);
    expect(getClickIds(merged(denial, click(6)), 9)).toEqual([{ name: 'msclkid', value: 'x', at: 6 }]);
  });

  it('is bounded: drops the oldest of each kind, and stores an immediate repeat once', () => {
    const many = Array.from({ length: 100 }, (_, minute) => buildProfile(minute * minuteMs, { forms: email('a') }));
    const rebuilt = many.map(({ persons }) => buildProfile((persons[0]?.at ?? 0) + 1, { forms: email('a') }));
    expect(merged(...rebuilt, ...many).persons.map(({ at }) => at)).toEqual(
      Array.from({ length: 64 }, (_, index) => (99 - index) * minuteMs),
    );
  });

  it('keeps its earlier entries when later or repeated ones are merged', () => {
    const early = { ...buildProfile(hourMs, { forms: email('a') }), clients: [{ at: hourMs, value: { ip: '203.0.113.42' } }] };
    const later = Array.from({ length: 40 }, (_, index): VisitorProfile => {
      const at = 2 * hourMs + index * minuteMs;
      return { ...buildProfile(at, { forms: email('a') }), clients: [{ at, value: { ip: '203.0.113.43' } }] };
    });
    const all = merged(early, ...later);
    expect([getPerson(all, hourMs + 1), getClient(all, hourMs + 1, dayMs)]).toEqual([
      { forms: email('a') },
      { ip: '203.0.113.42' },
    ]);
  });

  it('drops clicks after 90 days, address and agent after 8', () => {
    const profile: VisitorProfile = {
      ...emptyProfile,
      clicks: { msclkid: [{ at: 0, value: 'x' }], gclid: [{ at: 5 * dayMs, value: 'y' }] },
      clients: [{ at: 0, value: { ip: '203.0.113.42' } }],
    };
    const left = dropExpired(profile, 91 * dayMs);
    expect([Object.keys(left.clicks), left.clients]).toEqual([['gclid'], []]);
  });
});

describe('a click id', () => {
  const clicks: VisitorProfile = {
    ...emptyProfile,
    clicks: {
      msclkid: [
        { at: 105 * dayMs, value: 'new' },
        { at: 10 * dayMs, value: 'old' },
      ],
    },
  };

  test.each([
    [9 * dayMs, undefined],
    [10 * dayMs, 'old'],
    [99 * dayMs, 'old'],
    [100 * dayMs - 1, 'old'],
    [100 * dayMs, undefined],
    [105 * dayMs, 'new'],
    [195 * dayMs - 1, 'new'],
    [195 * dayMs, undefined],
  ])('applies to later events for 90 days, unless a newer one replaces it: at %d it is %s', (at, expected) => {
    // On day 100 the old one is 90 days old.
    expect(getClickIds(clicks, at)[0]?.value).toBe(expected);
  });
});

test('an address applies only while fresh, and only to later events', () => {
  const profile: VisitorProfile = { ...emptyProfile, clients: [{ at: 10, value: { ip: '203.0.113.42' } }] };
  expect([9, 10, 14, 15].map((at) => getClient(profile, at, 5)?.ip)).toEqual([
    undefined,
    '203.0.113.42',
    '203.0.113.42',
    undefined,
  ]);
});

test("the newer choice applies: a withdrawal wins a tie, and a single report's denial is no choice", () => {
  expect(latestConsentChoice(emptyProfile)).toBeUndefined();
  expect(latestConsentChoice({ ...emptyProfile, grantedAt: 2 })).toBe('granted');
  expect(latestConsentChoice({ ...emptyProfile, grantedAt: 2, deniedAt: 1, withdrawnAt: 1 })).toBe('granted');
  expect(latestConsentChoice({ ...emptyProfile, grantedAt: 2, deniedAt: 2, withdrawnAt: 2 })).toBe('denied');
  expect(latestConsentChoice({ ...emptyProfile, deniedAt: 2, withdrawnAt: 2 })).toBe('denied');
  expect(latestConsentChoice({ ...emptyProfile, grantedAt: 2, deniedAt: 2 })).toBeUndefined();
});

describe('a denial by Global Privacy Control', () => {
  const click = (at: number): VisitorProfile => ({ ...emptyProfile, clicks: { msclkid: [{ at, value: 'x' }] } });
  const byGpc = { ...click(4), gpcDeniedAt: 5 };
  const read = (more: Partial<VisitorProfile>) => applyGpcDenial(merged(byGpc, { ...emptyProfile, ...more }));

  test.each([
    ['without a grant', {}, 'denied'],
    ["after the shop's grant", { grantedAt: 4, shopGrantedAt: 4 }, 'denied'],
    ['after a grant that an earlier version stored', { grantedAt: 4 }, 'denied'],
    ["after a browser's grant", { grantedAt: 4, browserGrantedAt: 4 }, 'granted'],
    ["before a browser's grant", { grantedAt: 6, browserGrantedAt: 6 }, 'granted'],
    ["after a browser's grant and its withdrawal", { grantedAt: 1, browserGrantedAt: 1, deniedAt: 2, withdrawnAt: 2 }, 'denied'],
    ["after a withdrawal and a browser's grant", { grantedAt: 3, browserGrantedAt: 3, deniedAt: 2, withdrawnAt: 2 }, 'granted'],
  ] as const)('%s leaves the choice and the data %j', (_, times, expected) => {
    const profile = read(times);
    expect(latestConsentChoice(profile)).toBe(expected);
    expect(getClickIds(profile, 9)).toHaveLength(expected === 'granted' ? 1 : 0);
    expect(profile.withdrawnAt ?? 0).toBe(expected === 'denied' ? 5 : (Object(times).withdrawnAt ?? 0));
  });

  it('is compared with grants after merging, so the order of reports changes nothing', () => {
    const reports = fc
      .array(anything, { minLength: 1, maxLength: 12 })
      .chain((profile) => fc.tuple(fc.constant(profile), fc.shuffledSubarray(profile, { minLength: profile.length })));
    fc.assert(
      fc.property(reports, ([profile, shuffled]) => {
        expect(applyGpcDenial(merged(...shuffled))).toEqual(applyGpcDenial(merged(...profile)));
      }),
      { numRuns: 2_000 },
    );
  });

  it('drops the data after a day without a grant, from before it or after it, and keeps its time', () => {
    expect(getNextExpiry(byGpc)).toBe(5 + dayMs);
    expect(dropExpired(byGpc, 4 + dayMs)).toEqual(byGpc);
    expect(dropExpired(byGpc, 5 + dayMs)).toEqual({ ...emptyProfile, gpcDeniedAt: 5 });
    expect(getNextExpiry({ ...emptyProfile, gpcDeniedAt: 5 })).toBe(Number.MAX_SAFE_INTEGER);
    const later = { ...click(6), gpcDeniedAt: 5 };
    expect(dropExpired(later, 4 + dayMs)).toEqual(later);
    expect(dropExpired(later, 5 + dayMs)).toEqual({ ...emptyProfile, gpcDeniedAt: 5 });
    expect(applyGpcDenial(later).clicks).toEqual({});
    const isGranted = { ...byGpc, grantedAt: 1, browserGrantedAt: 1 };
    expect([dropExpired(isGranted, 5 + dayMs), getNextExpiry(isGranted)]).toEqual([isGranted, 4 + 90 * dayMs]);
  });
});

describe('the person of a shared browser', () => {
  const jane: Person = { forms: email('a') };
  const john: Person = { forms: email('b') };

  it('changes when a second person reports an identifier, and does not mix with the first', () => {
    const profile = merged(buildProfile(1, { ...jane, externalId: hash('1') }), buildProfile(3, john));
    expect(getPerson(profile, 2)).toEqual({ ...jane, externalId: hash('1') });
    expect(getPerson(profile, 3)).toEqual(john);
  });

  it('is the one that `identify` named since then', () => {
    const profile = merged(buildProfile(1, jane), buildProfile(2, { forms: {}, externalId: hash('2'), isNew: true }));
    expect(getPerson(profile, 5)).toEqual({ forms: {}, externalId: hash('2') });
  });

  it('collects reports that each share an identifier', () => {
    const withPhone: Person = { forms: { ...jane.forms, phoneE164: hash('9') } };
    const profile = merged(
      buildProfile(1, jane),
      buildProfile(2, withPhone),
      buildProfile(3, { forms: { phoneE164: hash('9') }, externalId: hash('1') }),
    );
    expect(getPerson(profile, 5)).toEqual({ ...withPhone, externalId: hash('1') });
  });

  it('is another one when a guest reports only a phone after an e-mail address', () => {
    const guest: Person = { forms: { phoneE164: hash('9') } };
    expect(getPerson(merged(buildProfile(1, jane), buildProfile(2, guest)), 5)).toEqual(guest);
  });

  it('is empty before the first report', () => {
    expect(getPerson(buildProfile(7, jane), 6)).toEqual({ forms: {} });
  });
});

describe('isSamePerson', () => {
  test.each([
    [{ forms: {} }, { forms: email('a') }, false],
    [{ forms: email('a') }, { forms: email('a') }, true],
    [{ forms: email('a') }, { forms: email('b') }, false],
    [{ forms: email('a') }, { forms: { emailGiven: hash('a') } }, true],
    [{ forms: email('a') }, { forms: { emailGiven: hash('c') } }, false],
    [{ forms: { phoneE164: hash('1'), phoneDigits: hash('2') } }, { forms: { phoneGiven: hash('2') } }, true],
    [{ forms: email('a'), externalId: hash('1') }, { forms: email('a'), externalId: hash('2') }, false],
    [{ forms: email('a'), externalId: hash('1') }, { forms: {}, externalId: hash('1') }, true],
    [{ forms: email('a') }, { forms: { phoneE164: hash('1') } }, false],
  ] satisfies [Person, Person, boolean][])('case %#', (one, other, expected) => {
    expect([isSamePerson(one, other), isSamePerson(other, one)]).toEqual([expected, expected]);
  });
});
