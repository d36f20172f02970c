import type { Event } from '../event/event.ts';
import type { UnixMs } from '../event/units.ts';
import { emailsOf, phonesOf } from './facts.ts';

/** By what a visitor is found again where a report does not name one; the strongest first. */
export const linkKinds = ['checkout', 'order', 'external-id', 'email', 'phone'] as const;
export type LinkKind = (typeof linkKinds)[number];

/** A key that more visitors share links none of them. */
export const mostSharing = 8;

/** A visitor told something that others may tell too: a checkout, an order, or who they are. */
export interface Link {
  /** `checkout:<id>`, `order:<id>`, or a kind and a hash. */
  readonly key: string;
  readonly visitor: string;
  /** When it was told last. */
  readonly at: UnixMs;
  /** When it was told first; absent: then too. */
  readonly since?: UnixMs;
}

/** Everything in the event that links it with a visitor, the strongest first. */
export function linkKeysOf({ identity, commerce }: Pick<Event, 'identity' | 'commerce'>): readonly string[] {
  const found: Record<LinkKind, readonly (string | undefined)[]> = {
    checkout: [commerce.checkoutId],
    order: [commerce.orderId],
    'external-id': [identity.externalId],
    email: emailsOf(identity),
    phone: phonesOf(identity),
  };
  return linkKinds.flatMap((kind) => {
    const values = new Set(found[kind].filter((value) => value !== undefined));
    return [...values].map((value) => `${kind}:${value}`);
  });
}

export function linkKindOf({ key }: Link): LinkKind | undefined {
  return linkKinds.find((kind) => key.startsWith(`${kind}:`));
}

/** The checkout that a link names, as one that facts are known of; `undefined` for another kind. */
export function checkoutLinked({ key }: Pick<Link, 'key'>): string | undefined {
  return key.startsWith('checkout:') ? checkoutSubject(key.slice('checkout:'.length)) : undefined;
}

/**
 * A checkout as one that facts are known of, as they are of visitors: what was said of consent in it, for the order that comes out of
 * it. No visitor's id holds a space.
 */
export function checkoutSubject(checkoutId: string): string {
  return `${checkoutMark}${checkoutId}`;
}

/** What such a subject begins with. */
export const checkoutMark = 'checkout ';
