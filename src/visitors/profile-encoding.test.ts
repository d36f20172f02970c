import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hourMs, minuteMs } from '../event/units.ts';
import { getClickIdMaxLength } from './click-ids.ts';
import { consentTimeNames } from './consent-times.ts';
import { decodeProfile } from './decode-profile.ts';
import { emptyProfile } from './empty-profile.ts';
import { clickNames, createEveryHash, createLargeProfile, encodeEarlierProfile } from './large-profile.fixture.ts';
import { encodeProfile, maxProfileBytes } from './profile-encoding.ts';
import { getPerson, mergeProfiles, type VisitorProfile } from './visitor-profile.ts';

const start = Date.UTC(2026, 10, 27);

const person = (at: number, seed: number): VisitorProfile => ({
  ...emptyProfile,
  persons: [{ at, value: createEveryHash(String(seed)) }],
});
const client = (at: number, agent: string): VisitorProfile => ({
  ...emptyProfile,
  clients: [{ at, value: { ip: '203.0.113.42', userAgent: agent } }],
});
const click = (at: number, name: string, value: string): VisitorProfile => ({
  ...emptyProfile,
  clicks: { [name]: [{ at, value }] },
});
const cookies = ['_uetvid', '_fbp', '_ttp', '_pin_unauth', '_gcl_au', '__obref'];
const browserId = (at: number, cookie: string, value: string): VisitorProfile => ({
  ...emptyProfile,
  browserIds: { [cookie]: [{ at, value }] },
});
const merged = (all: readonly VisitorProfile[]) => all.reduce(mergeProfiles, emptyProfile);

/** Large and small values of every kind, at few times, so that both cross the bounds. */
const time = fc.integer({ min: 0, max: 40 }).map((step) => start + step * 7 * minuteMs);
const size = fc.constantFrom(1, 40, 300, 500);
const fat: fc.Arbitrary<VisitorProfile> = fc.oneof(
  fc.tuple(time, fc.integer({ min: 0, max: 30 })).map(([at, seed]) => person(at, seed)),
  fc.tuple(time, fc.integer({ min: 0, max: 9 }), size).map(([at, mark, length]) => client(at, String(mark).repeat(2 * length))),
  fc
    .tuple(time, fc.constantFrom(...clickNames), fc.integer({ min: 0, max: 9 }), size)
    .map(([at, name, mark, length]) =>
      click(at, name, String(mark).repeat(name === 'msclkid' ? 32 : name === 'ttclid' ? 4 * length : length)),
    ),
  fc
    .tuple(time, fc.constantFrom(...cookies), fc.integer({ min: 0, max: 9 }), fc.constantFrom(32, 120))
    .map(([at, cookie, mark, length]) => browserId(at, cookie, String(mark).repeat(length))),
  time.map((at): VisitorProfile => ({ ...emptyProfile, grantedAt: at })),
  // Rare, because it removes almost everything.
  fc.constant<VisitorProfile>({ ...emptyProfile, deniedAt: start + 20 * minuteMs }),
);

/** The profile of a visitor who reported the most that an earlier version stored. */
const hostile: VisitorProfile = {
  ...createLargeProfile('v', start),
  ...Object.fromEntries(consentTimeNames.map((name) => [name, start - 1_000 * hourMs])),
};

/** The largest profile: of each kind, values that leave little of the bound, and then the largest that crosses it. */
const fullest = merged([
  hostile,
  ...clickNames.map((name) => click(start, name, 'x'.repeat(name === 'msclkid' ? 38 : getClickIdMaxLength(name)))),
  // Newer than the others, so that it is kept.
  click(start + 1, 'ttclid', 'x'.repeat(2_048)),
  ...cookies.flatMap((cookie) => [
    ...Array.from({ length: 15 }, (_, index) => browserId(start - index * 30 * minuteMs, cookie, 'y')),
    browserId(start - 15 * 30 * minuteMs, cookie, 'z'.repeat(126)),
  ]),
  ...Array.from({ length: 20 }, (_, index) => client(start - index * 10 * minuteMs, 'w'.repeat(1_240 - index))),
]);

describe('a profile', () => {
  it('merges to the same result in any order and grouping, also beyond the bounds, and never exceeds 16 KiB', () => {
    const interleaved = fc
      .array(fat, { minLength: 1, maxLength: 120, size: 'max' })
      .chain((profile) =>
        fc.tuple(
          fc.constant(profile),
          fc.shuffledSubarray([...profile, ...profile], { minLength: 2 * profile.length, maxLength: 2 * profile.length }),
          fc.integer({ min: 0, max: 2 * profile.length }),
        ),
      );
    fc.assert(
      fc.property(interleaved, ([profile, shuffled, cut]) => {
        const whole = merged(profile);
        expect(mergeProfiles(merged(shuffled.slice(0, cut)), merged(shuffled.slice(cut)))).toEqual(whole);
        expect(Buffer.byteLength(encodeProfile(whole))).toBeLessThanOrEqual(maxProfileBytes);
      }),
      { numRuns: 400 },
    );
  });

  it('is decoded as encoded', () => {
    fc.assert(
      fc.property(fc.array(fat, { maxLength: 40 }), (profile) => {
        const whole = merged(profile);
        expect(decodeProfile(encodeProfile(whole))).toEqual(whole);
        expect(encodeProfile(decodeProfile(encodeProfile(whole)))).toBe(encodeProfile(whole));
      }),
      { numRuns: 500 },
    );
  });

  it('is limited to 16 KiB when an earlier version wrote it, and keeps its newest entries and its consent', () => {
    const small = merged([person(start, 1), client(start, 'Mozilla/5.0'), click(start, 'msclkid', 'a'.repeat(32))]);
    expect(decodeProfile(encodeEarlierProfile({ ...small, withdrawnAt: 5 }))).toEqual({ ...small, withdrawnAt: 5 });

    const text = encodeEarlierProfile(hostile);
    expect(text.length).toBeGreaterThan(200_000);
    const profile = decodeProfile(text);
    expect(Buffer.byteLength(encodeProfile(profile))).toBeLessThanOrEqual(maxProfileBytes);
    const { grantedAt, deniedAt, withdrawnAt } = hostile;
    expect(profile).toMatchObject({ grantedAt, deniedAt, withdrawnAt });
    expect(profile.persons.map(({ at }) => at)).toEqual(hostile.persons.slice(0, 8).map(({ at }) => at));
    expect(profile.clients).toHaveLength(3);
    expect(profile.clicks.msclkid).toEqual(hostile.clicks.msclkid);
    expect(Object.values(profile.clicks).flat()).toHaveLength(8 + 8);
    expect(mergeProfiles(hostile, emptyProfile)).toEqual(profile);
  });

  it('is decoded with the browser ids of an earlier version', () => {
    const text = `{"clicks":{},"persons":[],"clients":[],"uetVids":[{"value":"${'a'.repeat(32)}","at":[${start},${start - hourMs}]}],"grantedAt":${start}}`;
    const facts = decodeProfile(text);
    expect(facts).toEqual({
      ...emptyProfile,
      browserIds: {
        _uetvid: [
          { at: start, value: 'a'.repeat(32) },
          { at: start - hourMs, value: 'a'.repeat(32) },
        ],
      },
      grantedAt: start,
    });
    expect(decodeProfile(encodeProfile(facts))).toEqual(facts);
  });

  it('with the largest browser ids of six platforms and the largest other values is within 16 KiB', () => {
    expect(Object.keys(fullest.browserIds)).toHaveLength(cookies.length);
    expect(fullest.clicks.ttclid?.[0]?.value).toHaveLength(2_048);
    expect(Buffer.byteLength(encodeProfile(fullest))).toBeLessThanOrEqual(maxProfileBytes);
  });

  it('stores a value once, however often it was reported', () => {
    const often = merged(Array.from({ length: 200 }, (_, minute) => person(start + minute * minuteMs, 1)));
    expect(often.persons).toHaveLength(64);
    const text = encodeProfile(often);
    expect(text.split(createEveryHash('1').externalId)).toHaveLength(2);
    expect(text.length).toBeLessThan(2_000);
  });

  it('keeps the state of hours before when a busy visitor has few values', () => {
    const agent =
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36';
    const jane = merged([person(start, 1), client(start, agent), click(start, 'msclkid', 'a'.repeat(32))]);
    const later = Array.from({ length: 47 }, (_, index) => {
      const at = start + (index + 1) * 10 * minuteMs;
      return merged([person(at, 1), client(at, agent), click(at, 'gclid', `g${index}`), click(at, 'fbclid', `f${index}`)]);
    });
    const profile = merged([...later, jane]);
    expect(getPerson(profile, start + 1).externalId).toBe(createEveryHash('1').externalId);
    expect(profile.clients.at(-1)?.at).toBe(start);
    expect(profile.clicks.msclkid).toEqual([{ at: start, value: 'a'.repeat(32) }]);
  });

  it('drops a value that is larger than any real one', () => {
    const profile = merged([
      client(start, 'x'.repeat(4_000)),
      click(start, 'gclid', '"'.repeat(512)),
      client(start, 'Mozilla/5.0'),
    ]);
    expect(profile.clients.map(({ value }) => value.userAgent)).toEqual(['Mozilla/5.0']);
    expect(profile.clicks).toEqual({});
  });
});
