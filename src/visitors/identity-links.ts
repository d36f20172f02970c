import type { Event } from '../event/event.ts';
import { minuteMs, type UnixMs } from '../event/units.ts';
import { isUnguessable } from './unguessable-id.ts';
import { emailHashes, phoneHashes } from './visitor-profile.ts';

/** The kinds of keys that lead from an event to a visitor; the strongest first. */
export const linkKinds = ['checkout', 'order', 'external-id', 'email', 'phone'] as const;
export type LinkKind = (typeof linkKinds)[number];

/** A key with more visitors links none of them. */
export const maxVisitorsPerKey = 8;

/** A key that a visitor reported and that other events may have too: a checkout, an order, or an identifier. */
export interface IdentityLink {
  /** `checkout:<id>`, `order:<id>`, or a kind and a hash, with a prefix for the source: see `listStoredKeys`. */
  readonly key: string;
  readonly visitor: string;
  /** The time of the newest report of the key. */
  readonly at: UnixMs;
  /** The time of the first report of the key; absent: the same time. */
  readonly since?: UnixMs;
}

type KeySource = Pick<Event, 'identity' | 'commerce'>;

/**
 * Returns the keys of an event that link it to a visitor, the strongest first. Every source may report them, so an export or an erasure
 * finds the visitor by these keys, but no event is enriched by them.
 */
export function listLinkKeys({ identity, commerce }: KeySource): readonly string[] {
  const valuesByKind: Record<LinkKind, readonly (string | undefined)[]> = {
    checkout: [commerce.checkoutId],
    order: [commerce.orderId],
    'external-id': [identity.externalId],
    email: emailHashes(identity),
    phone: phoneHashes(identity),
  };
  return linkKinds.flatMap((kind) => {
    const values = new Set(valuesByKind[kind].filter((value) => value !== undefined));
    return [...values].map((value) => `${kind}:${value}`);
  });
}

const shopPrefix = 'shop/';
const purchasePrefix = 'bought/';
const sourcePrefix = /^(?:shop\/|bought\/-?\d+\/)/;

/** A browser's purchase is stored under the time span of its report, so that an earlier report is not even read. */
const spanMs = 5 * minuteMs;
/** An order has no number before it is placed, so a browser that reported the number earlier guessed it. */
const orderWindowMs = 15 * minuteMs;

/**
 * Returns the keys that a report adds for its visitor at `at`: its own, and those by which other events may be enriched. `shop/<key>` is
 * reported by the shop; `bought/<span>/order:<id>` by a browser's purchase.
 */
export function listStoredKeys(event: KeySource & Pick<Event, 'name' | 'reporter'>, at: UnixMs): readonly string[] {
  const keys = listLinkKeys(event);
  if (event.reporter !== 'browser') return [...keys, ...keys.filter((key) => !isCheckoutKey(key)).map((key) => shopPrefix + key)];
  if (event.name !== 'Purchase') return keys;
  return [...keys, ...keys.filter((key) => key.startsWith('order:')).map((key) => toPurchaseKey(toSpan(at), key))];
}

/** Keys of equal strength by which an event may be enriched. */
export interface LookupKeys {
  readonly keys: readonly string[];
  /** A link counts only if it was first reported in this window. */
  readonly window?: { readonly from: UnixMs; readonly through: UnixMs };
  /**
   * Set if only a browser's purchase of the same order reported the key: click, address and agent may be used, but no identifier of the
   * person.
   */
  readonly isUnconfirmed?: true;
}

/** Returns the keys by which an event of `time` may be enriched from other visitors, the strongest first. */
export function listLookupKeys(event: KeySource & CheckoutNaming, time: UnixMs): readonly LookupKeys[] {
  const keys = listLinkKeys(event);
  const window = { from: time - orderWindowMs, through: time };
  const first = toSpan(window.from);
  const spans = Array.from({ length: toSpan(time) - first + 1 }, (_, index) => first + index);
  const trusted = keys.flatMap((key): readonly LookupKeys[] => {
    if (isCheckoutKey(key)) return hasSecretCheckout(event) ? [{ keys: [key] }] : [];
    return [{ keys: [shopPrefix + key] }];
  });
  const orders = keys.filter((key) => key.startsWith('order:'));
  const unconfirmed = orders.map(
    (key) => ({ keys: spans.map((span) => toPurchaseKey(span, key)), window, isUnconfirmed: true }) as const,
  );
  return [...trusted, ...unconfirmed];
}

/** Returns the key without the prefix for its source. */
export function toPlainKey({ key }: Pick<IdentityLink, 'key'>): string {
  return key.replace(sourcePrefix, '');
}

export function getLinkKind(link: Pick<IdentityLink, 'key'>): LinkKind | undefined {
  const key = toPlainKey(link);
  return linkKinds.find((kind) => key.startsWith(`${kind}:`));
}

function toSpan(at: UnixMs): number {
  return Math.floor(at / spanMs);
}

function toPurchaseKey(span: number, key: string): string {
  return `${purchasePrefix}${span}/${key}`;
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
 * Returns whether only the shopper and the shop know the event's checkout id, so that a browser's report of it is the shopper's. Checkout
 * ids of webhooks are random secrets of the shop's platform or Convey's plugin; any other id must not be guessable.
 */
export function hasSecretCheckout({ commerce: { checkoutId }, reporter, reporters = [reporter] }: CheckoutNaming): boolean {
  return checkoutId !== undefined && (reporters.includes('webhook') || isUnguessable(checkoutId));
}

/** Returns the profile id of a link's checkout; `undefined` for another kind of link. */
export function getCheckoutSubject({ key }: Pick<IdentityLink, 'key'>): string | undefined {
  return isCheckoutKey(key) ? checkoutProfileId(key.slice('checkout:'.length)) : undefined;
}

/**
 * Returns the profile id of a checkout. The profile holds the consent that was stated in the checkout, for its order. No visitor id
 * contains a space.
 */
export function checkoutProfileId(checkoutId: string): string {
  return `${checkoutProfilePrefix}${checkoutId}`;
}

/** The prefix of a checkout's profile id. */
export const checkoutProfilePrefix = 'checkout ';
