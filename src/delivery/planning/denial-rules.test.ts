import { describe, expect, it } from 'vitest';
import { type Consent, type ConsentUse, consentUses } from '../../event/consent.ts';
import { denialCodes } from '../../event/denial-codes.ts';
import type { Event } from '../../event/event.ts';
import { hourMs, minuteMs, secondMs } from '../../event/units.ts';
import { emptyProfile } from '../../visitors/empty-profile.ts';
import { checkoutProfileId, type IdentityLink } from '../../visitors/identity-links.ts';
import type { VisitorProfile } from '../../visitors/visitor-profile.ts';
import { buildEvent, buildRecord, start } from '../delivery.fixture.ts';
import { loadPrimaryEvents } from './load-events.ts';
import type { LoadedEvent } from './loaded-event.ts';

/** A browser's denial under the id of a purchase that the shop's server also reports, for each thing that the shop may name. */

const at = start - 400 * 24 * hourMs;
const browserGrant: VisitorProfile = { ...emptyProfile, grantedAt: at, browserGrantedAt: at };
const browserDenial: VisitorProfile = { ...emptyProfile, deniedAt: at, withdrawnAt: at };
/** The shop granted after the browser's denial. */
const contested: VisitorProfile = { ...browserDenial, grantedAt: at + 9, shopGrantedAt: at + 9 };
const useDenial: VisitorProfile = { ...browserGrant, browserAdUserDataDeniedAt: at, adUserDataDeniedAt: at };
const shopGrant: VisitorProfile = { ...emptyProfile, grantedAt: at, shopGrantedAt: at };
const earlier: VisitorProfile = { ...emptyProfile, grantedAt: at };

const strangersClick = { value: 'stranger', at };
const strangersProfile: VisitorProfile = { ...browserGrant, clicks: { gclid: [strangersClick] } };
/** A stranger's grant under the same id. */
const strangersGrant: Partial<Event> = {
  ...{ name: 'Purchase', time: start, consent: { stated: 'granted', effective: 'granted' } },
  identity: { forms: {}, clickIds: { msclkid: strangersClick }, anonymousId: 'stranger' },
  client: { ip: '203.0.113.66', userAgent: 'Stranger/1' },
};

const token = '5f3b1d2e9c8a47b6a1d0e4f2c3b5a697';
const orderNumber = 'cart-17';

interface Named {
  readonly name: string;
  readonly visitor?: string;
  readonly checkout?: string;
  readonly profile?: VisitorProfile;
  /** The choice of the browser of the named visitor or checkout. Absent: none is known. */
  readonly choice?: 'granted' | 'denied' | 'use-denied';
  /** Whether the profile answers an event that waits for consent. */
  readonly isAnswered?: boolean;
  /** Whether a report that names the same confirms. */
  readonly isConfirming?: boolean;
}

const visitor = { visitor: 'v', isConfirming: true };
const secret = { checkout: token, isConfirming: true };
const named: readonly Named[] = [
  { name: 'a visitor who granted', ...visitor, profile: browserGrant, choice: 'granted' },
  { name: 'a visitor who denied before', ...visitor, profile: browserDenial, choice: 'denied' },
  { name: 'a visitor who denied before the shop granted', ...visitor, profile: contested, choice: 'denied' },
  { name: 'a visitor who granted without a use', ...visitor, profile: useDenial, choice: 'use-denied' },
  { name: 'a visitor unknown to browsers', ...visitor },
  { name: "a visitor with the shop's grants alone", ...visitor, profile: shopGrant, isAnswered: true },
  { name: 'a visitor with an old profile', ...visitor, profile: earlier, isAnswered: true },
  { name: 'nobody' },
  { name: 'an unguessable checkout with a grant', ...secret, profile: browserGrant, choice: 'granted' },
  { name: 'an unguessable checkout with a denial', ...secret, profile: browserDenial, choice: 'denied' },
  { name: 'an unguessable checkout without a choice', ...secret },
  { name: 'a guessable checkout with a grant', checkout: orderNumber, profile: browserGrant },
];

const shopConsents = {
  granted: { stated: 'granted', effective: 'granted' },
  'granted use': { stated: 'granted', effective: 'granted', adUserData: 'granted', adPersonalization: 'granted' },
  'denied use': { stated: 'granted', effective: 'granted', adUserData: 'denied', adPersonalization: 'denied' },
  denied: { stated: 'denied', effective: 'denied' },
  'missing, as granted': { stated: 'unknown', effective: 'granted' },
  'missing, waiting': { stated: 'unknown', effective: 'pending' },
} as const satisfies Record<string, Consent>;

type Denied = 'event' | ConsentUse;
const denials: readonly Denied[] = ['event', ...consentUses];
const distances = [-2 * hourMs, -hourMs, -5 * secondMs, 5 * secondMs, 5 * minuteMs, hourMs, hourMs + 1];

interface Case {
  readonly names: Named;
  readonly shop: Consent;
  readonly denied: Denied;
  readonly isOfVisitor: boolean;
  readonly distanceMs: number;
}

const cases: readonly Case[] = named.flatMap((names) =>
  Object.values(shopConsents).flatMap((shop) =>
    denials.flatMap((denied) =>
      [false, true].flatMap((isOfVisitor) => distances.map((distanceMs) => ({ names, shop, denied, isOfVisitor, distanceMs }))),
    ),
  ),
);

const toNames = ({ visitor: anonymousId, checkout: checkoutId }: Pick<Named, 'visitor' | 'checkout'>) => ({
  identity: { forms: {}, clickIds: {}, ...(anonymousId !== undefined && { anonymousId }) },
  commerce: { orderId: '1001', ...(checkoutId !== undefined && { checkoutId }) },
});

function buildReports({ names, shop, denied, isOfVisitor, distanceMs }: Case): readonly [Event, Event] {
  const purchase = { name: 'Purchase', time: start } as const;
  const server = buildEvent('purchase-1001', { ...purchase, ...toNames(names), reporter: 'server', consent: shop });
  const consent: Consent =
    denied === 'event'
      ? { stated: 'denied', effective: 'denied' }
      : { stated: 'granted', effective: 'granted', [denied]: 'denied' };
  const own = names.checkout === undefined ? { visitor: names.visitor ?? 'v' } : { checkout: names.checkout };
  const claim = buildEvent('purchase-1001', {
    ...purchase,
    ...toNames(isOfVisitor ? own : {}),
    consent,
    receivedAt: start + distanceMs,
    ...(denied === 'event' && { deniedId: '9'.repeat(32) }),
  });
  return distanceMs < 0 ? [claim, server] : [server, claim];
}

function load(one: Case, reports?: readonly Event[]): Promise<LoadedEvent> {
  const { profile, visitor: id = checkoutProfileId(one.names.checkout ?? '') } = one.names;
  return loadFrom(one, new Map([['stranger', strangersProfile], ...(profile ? [[id, profile] as const] : [])]), [], reports);
}

async function loadFrom(
  one: Case,
  profiles: ReadonlyMap<string, VisitorProfile>,
  links: readonly IdentityLink[] = [],
  reports: readonly Event[] = buildReports(one),
): Promise<LoadedEvent> {
  const [primary, ...duplicates] = reports.map((event, index) => buildRecord(String(index + 1), event));
  const [loaded] = await loadPrimaryEvents(
    { get: async () => duplicates },
    {
      findDuplicates: async () => new Map(),
      findDuplicatesByPrimary: async () => new Map([['1', duplicates.map(({ offset }) => offset)]]),
      getAbsentReasons: async () => new Map(),
      getProfiles: async (_site, visitors) => new Map([...profiles].filter(([id]) => visitors.includes(id))),
      findLinks: async (_site, keys) => links.filter(({ key }) => keys.includes(key)),
      listPaymentFacts: async () => [],
    },
    'shop',
    primary ? [primary] : [],
  );
  if (!loaded?.event) throw new Error('the event was not loaded');
  return loaded;
}

interface Verdict {
  readonly effective: string;
  readonly deniedUses: readonly string[];
  readonly codes: readonly string[];
}

/** Returns the verdict by the rules as the documentation states them. */
function judge({ names, shop, denied, isOfVisitor, distanceMs }: Case): Verdict {
  const { choice, isAnswered = false, isConfirming = false } = names;
  const isNear = Math.abs(distanceMs) <= hourMs;
  const shopUses = consentUses.filter((use) => shop[use] === 'denied');
  const isGranted = shop.stated === 'granted';
  const ofShop = { effective: shop.effective, deniedUses: shopUses, codes: [] };
  if (shop.effective === 'denied') return { ...ofShop, deniedUses: [] };
  const answer = choice !== undefined || isAnswered ? 'granted' : 'pending';
  const settled = { ...ofShop, effective: shop.effective === 'pending' ? answer : shop.effective };
  const denyUse = (verdict: Verdict, use: string, code: string): Verdict =>
    verdict.deniedUses.includes(use)
      ? verdict
      : { ...verdict, deniedUses: consentUses.filter((one) => one === use || verdict.deniedUses.includes(one)), codes: [code] };

  if (isConfirming && isOfVisitor) {
    const counts = isNear || !isGranted;
    const [effective, code] = [shop.effective === 'pending' ? 'granted' : shop.effective, isGranted ? ['consent-differs'] : []];
    if (denied === 'event') return counts ? { effective: 'denied', deniedUses: [], codes: code } : ofShop;
    const isUseGranted = shop[denied] === 'granted';
    // An hour separates a use that the shop grants from a denial of it. A grant that omits the use does not state it.
    if (isUseGranted && !isNear) return { ...ofShop, effective };
    const { codes, ...verdict } = denyUse({ ...ofShop, effective }, denied, 'consent-differs');
    return { ...verdict, codes: isGranted && isNear ? codes : [] };
  }
  if (choice === 'denied') return { effective: 'denied', deniedUses: [], codes: isGranted ? ['visitor-denied'] : [] };
  if (choice === 'use-denied') {
    const { codes, ...verdict } = denyUse(settled, 'adUserData', 'visitor-denied');
    return { ...verdict, codes: isGranted ? codes : [] };
  }
  if (choice === 'granted' || !isNear) return settled;
  const code = isGranted ? 'consent-differs' : 'denied-by-browser';
  return denied === 'event' ? { effective: 'denied', deniedUses: [], codes: [code] } : denyUse(settled, denied, code);
}

function toVerdict({ event, issues }: LoadedEvent): Verdict {
  const consent = event?.consent;
  return {
    effective: consent?.effective ?? '',
    deniedUses: consentUses.filter((use) => consent?.[use] === 'denied'),
    codes: issues.map(({ code }) => code),
  };
}

describe("a browser's denial of a purchase that the shop also reports", () => {
  it.each(named)('counts by the rules if the shop names $name', async (names) => {
    for (const one of cases.filter((each) => each.names === names)) {
      const loaded = await load(one);
      const { event } = loaded;
      expect(toVerdict(loaded), JSON.stringify(one)).toEqual(judge(one));
      if (event?.deniedId !== undefined && event.confirmed) expect(event.confirmed.identity).toEqual({ forms: {}, clickIds: {} });
    }
  });

  it('changes nothing if a browser has stated a choice for the visitor or checkout that the shop names', async () => {
    const chosen = cases.filter(({ names, isOfVisitor }) => names.choice !== undefined && !isOfVisitor);
    expect(chosen.length).toBeGreaterThan(100);
    for (const one of chosen) {
      const { event, issues } = await load(one);
      const far = await load({ ...one, distanceMs: -100 * hourMs });
      expect([event?.consent, issues]).toEqual([far.event?.consent, far.issues]);
    }
  });

  it.each(named)(
    "counts by the same rules beside a stranger's grant, which adds nothing then, if the shop names $name",
    async (names) => {
      for (const one of cases.filter((each) => each.names === names)) {
        const verdict = judge(one);
        const reports = buildReports(one);
        const grant = (receivedAt: number) => buildEvent('purchase-1001', { ...strangersGrant, receivedAt });
        for (const all of [
          [grant(start - 3 * hourMs), ...reports],
          [...reports, grant(start + secondMs)],
        ]) {
          const loaded = await load(one, all);
          expect(toVerdict(loaded), JSON.stringify(one)).toEqual(verdict);
          const isDenied = names.choice !== 'denied' && verdict.effective === 'denied';
          if (isDenied || verdict.codes.some((code) => denialCodes.has(code)))
            expect(JSON.stringify(loaded.event), JSON.stringify(one)).not.toMatch(/stranger/i);
        }
      }
    },
  );

  it('counts if the only choice in the checkout is Global Privacy Control, which the grant of a linked browser lifts', async () => {
    const profiles = new Map([
      [checkoutProfileId(token), { ...emptyProfile, gpcDeniedAt: at }],
      ['v', browserGrant],
    ]);
    const names: Named = { name: 'checkout', checkout: token };
    const one: Case = { names, shop: shopConsents.granted, denied: 'event', isOfVisitor: false, distanceMs: minuteMs };
    const lifted = await loadFrom(one, profiles, [{ key: `checkout:${token}`, visitor: 'v', at }]);
    expect([lifted.event?.consent.effective, lifted.issues.map(({ code }) => code)]).toEqual(['denied', ['consent-differs']]);
    const inForce = await loadFrom(one, profiles);
    expect([inForce.event?.consent.effective, inForce.issues.map(({ code }) => code)]).toEqual(['denied', ['visitor-denied']]);
  });
});
