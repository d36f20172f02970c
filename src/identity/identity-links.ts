import type { Event } from '../event/event.ts';
import { minuteMs, type UnixMs } from '../event/units.ts';
import { isUnguessable } from './unguessable-id.ts';
import { emailHashes, phoneHashes } from './visitor-profile.ts';

/** By what a visitor is found again where a report does not name one; the strongest first. */
export const linkKinds = ['checkout', 'order', 'external-id', 'email', 'phone'] as const;
export type LinkKind = (typeof linkKinds)[number];

/** A key that more visitors share links none of them. */
export const maxVisitorsPerKey = 8;

/** A visitor told something that others may tell too: a checkout, an order, or who they are. */
export interface IdentityLink {
  /** `checkout:<id>`, `order:<id>`, or a kind and a hash; in front of it, who told it: see `learnedKeysOf`. */
  readonly key: string;
  readonly visitor: string;
  /** When it was told last. */
  readonly at: UnixMs;
  /** When it was told first; absent: then too. */
  readonly since?: UnixMs;
}

type Keyed = Pick<Event, 'identity' | 'commerce'>;

/**
 * Everything in the event that links it with a visitor, the strongest first. Anybody may tell any of it, so an export or an erasure finds
 * the visitor by these keys, and no event takes anything by them.
 */
export function listLinkKeys({ identity, commerce }: Keyed): readonly string[] {
  const found: Record<LinkKind, readonly (string | undefined)[]> = {
    checkout: [commerce.checkoutId],
    order: [commerce.orderId],
    'external-id': [identity.externalId],
    email: emailHashes(identity),
    phone: phoneHashes(identity),
  };
  return linkKinds.flatMap((kind) => {
    const values = new Set(found[kind].filter((value) => value !== undefined));
    return [...values].map((value) => `${kind}:${value}`);
  });
}

const shopMark = 'shop/';
const boughtMark = 'bought/';
const mark = /^(?:shop\/|bought\/-?\d+\/)/;

/** A browser's purchase is stored under the span of time in which it was reported, so a claim made earlier is not even read. */
const spanMs = 5 * minuteMs;
/** An order has no number before it is placed, so a browser that reported it earlier guessed the number. */
const orderWindowMs = 15 * minuteMs;

/**
 * Returns the keys that a report adds for its visitor at `at`: its own, and those by which other events may take something.
 * `shop/<key>` is a shop's word; `bought/<span>/order:<id>` a browser's purchase.
 */
export function listStoredKeys(event: Keyed & Pick<Event, 'name' | 'reporter'>, at: UnixMs): readonly string[] {
  const keys = listLinkKeys(event);
  if (event.reporter !== 'browser') return [...keys, ...keys.filter((key) => !isCheckoutKey(key)).map((key) => shopMark + key)];
  if (event.name !== 'Purchase') return keys;
  return [...keys, ...keys.filter((key) => key.startsWith('order:')).map((key) => boughtKey(spanOf(at), key))];
}

/** Keys of equal strength that an event takes something by. */
export interface LookupKeys {
  readonly keys: readonly string[];
  /** A link counts only if it was first told within it. */
  readonly window?: { readonly from: UnixMs; readonly through: UnixMs };
  /** Only a browser's purchase of the same order says so: click, address and agent may be taken, and nothing that tells who it is. */
  readonly isClaim?: true;
}

/** Returns by what an event that happened at `time` may take something of other visitors, the strongest first. */
export function listLookupKeys(event: Keyed & CheckoutNaming, time: UnixMs): readonly LookupKeys[] {
  const keys = listLinkKeys(event);
  const window = { from: time - orderWindowMs, through: time };
  const first = spanOf(window.from);
  const spans = Array.from({ length: spanOf(time) - first + 1 }, (_, index) => first + index);
  const trusted = keys.flatMap((key): readonly LookupKeys[] => {
    if (isCheckoutKey(key)) return hasSecretCheckout(event) ? [{ keys: [key] }] : [];
    return [{ keys: [shopMark + key] }];
  });
  const orders = keys.filter((key) => key.startsWith('order:'));
  const claims = orders.map((key) => ({ keys: spans.map((span) => boughtKey(span, key)), window, isClaim: true }) as const);
  return [...trusted, ...claims];
}

/** The key without who told it. */
export function toPlainKey({ key }: Pick<IdentityLink, 'key'>): string {
  return key.replace(mark, '');
}

export function getLinkKind(link: Pick<IdentityLink, 'key'>): LinkKind | undefined {
  const key = toPlainKey(link);
  return linkKinds.find((kind) => key.startsWith(`${kind}:`));
}

function spanOf(at: UnixMs): number {
  return Math.floor(at / spanMs);
}

function boughtKey(span: number, key: string): string {
  return `${boughtMark}${span}/${key}`;
}

function isCheckoutKey(key: string): boolean {
  return key.startsWith('checkout:');
}

interface CheckoutNaming {
  readonly commerce: Pick<Event['commerce'], 'checkoutId'>;
  readonly reporter: Event['reporter'];
  readonly reporters?: readonly Event['reporter'][];
}

/**
 * Returns whether only the shopper and the shop know the event's checkout, so that a browser's word about it is the shopper's. Checkout
 * ids of webhooks are secrets that the shop's platform or Convey's plugin draws; any other id must not be guessable.
 */
export function hasSecretCheckout({ commerce: { checkoutId }, reporter, reporters = [reporter] }: CheckoutNaming): boolean {
  return checkoutId !== undefined && (reporters.includes('webhook') || isUnguessable(checkoutId));
}

/** The checkout that a link names, as one that facts are known of; `undefined` for another kind. */
export function getCheckoutSubject({ key }: Pick<IdentityLink, 'key'>): string | undefined {
  return isCheckoutKey(key) ? checkoutProfileId(key.slice('checkout:'.length)) : undefined;
}

/**
 * A checkout as one that facts are known of, as they are of visitors: what was said of consent in it, for the order that comes out of
 * it. No visitor's id holds a space.
 */
export function checkoutProfileId(checkoutId: string): string {
  return `${checkoutProfilePrefix}${checkoutId}`;
}

/** What such a subject begins with. */
export const checkoutProfilePrefix = 'checkout ';
