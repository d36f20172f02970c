import type { EffectiveConsent } from '../../../event/consent.ts';
import { type ReportSource, reportSources } from '../../../event/event.ts';
import { type MatchKey, matchKeys } from '../../../event/match-keys.ts';
import type { Offset } from '../../log/event-log.ts';
import type { EventGroupCount, IndexEntry, IndexedPurchase } from '../../ports/event-index.ts';
import { isSentOutcome, type StoredOutcome } from '../../ports/outcomes.ts';
import type { EventGroup } from '../../ports/site-activity.ts';
import { releaseStates } from '../release-states.ts';

/** The stored bits. They do not depend on the order of the lists in the code. */
export const keyBits: Readonly<Record<MatchKey, number>> = {
  msclkid: 1,
  email: 2,
  phone: 4,
  visitor: 8,
  'external-id': 16,
  address: 32,
  agent: 64,
  gclid: 128,
  gbraid: 256,
  wbraid: 512,
  fbclid: 1_024,
  ttclid: 2_048,
  epik: 4_096,
  oppref: 8_192,
};
export const sourceBits: Readonly<Record<ReportSource, number>> = { browser: 1, server: 2, webhook: 4 };

/** The highest rank prevails if reports of one event differ, as in `mergeConsent` of delivery. */
export const consentRanks = { pending: 0, granted: 1, denied: 2, statedGranted: 3, statedDenied: 4 } as const;

function getRank({ stated, effective }: IndexEntry['consent']): number {
  if (stated === 'unknown') return consentRanks[effective];
  return stated === 'denied' || effective === 'denied' ? consentRanks.statedDenied : consentRanks.statedGranted;
}

export function isDenial(rank: number): boolean {
  return rank === consentRanks.denied || rank === consentRanks.statedDenied;
}

/** The ranks of each consent, as bits. */
export const consentBits: Readonly<Record<EffectiveConsent, number>> = {
  pending: 1 << consentRanks.pending,
  granted: (1 << consentRanks.granted) | (1 << consentRanks.statedGranted),
  denied: (1 << consentRanks.denied) | (1 << consentRanks.statedDenied),
};

/** The condition on an event that the index of orders has. */
export const isOrderEvent = "order_id IS NOT NULL AND name IN ('Purchase', 'Refund', 'OrderCancelled')";

export function toBits<Name extends string>(names: readonly Name[], bits: Readonly<Record<Name, number>>): number {
  return names.reduce((all, name) => all | bits[name], 0);
}

/** Returns the stored sources, consent and match keys of a report. A denial removes the keys. */
export function toStoredBits({ reporter, consent, keys }: Pick<IndexEntry, 'reporter' | 'consent' | 'keys'>) {
  const rank = getRank(consent);
  return { reporters: sourceBits[reporter], rank, keys: isDenial(rank) ? 0 : toBits(keys, keyBits) };
}

/** The rows that a search reads before other reads run: few at first, because most searches end soon. */
export const scanSizes = { first: 1_000, most: 8_000 } as const;
/** The most rows that one call reads. */
export const maxRows = 200_000;
/** The events that one search for trusted reports reads: it runs between two requests. */
export const trustedSpan = 10_000;
export const trustedBits = sourceBits.server | sourceBits.webhook;
/** Orders the events of an order: those that the shop reported come first, because anyone can report any order id from a browser. */
export const orderEventOrder = `(reporters & ${trustedBits}) DESC, "offset"`;
/** The index by which the purchases, refunds and cancellations of an order are found. */
export const orderIndex = `CREATE INDEX events_by_order ON event_index (site, order_id, ${orderEventOrder}) WHERE ${isOrderEvent};`;
/** The index by which the purchases that only browsers reported are counted: the other purchases of a day may be many times as many. */
export const browserPurchaseIndex = `CREATE INDEX browser_purchases ON event_index (site, "offset", network_place)
  WHERE name = 'Purchase' AND reporters = ${sourceBits.browser};`;
/** Greater than every offset. */
export const end = '\uffff';

export interface PurchaseRow extends Pick<IndexedPurchase, 'offset' | 'receivedAt' | 'time' | 'id'> {
  /** Bits of `sourceBits`. */
  readonly reporters: number;
  readonly orderId: string | null;
  readonly currency: string | null;
  /** In thousandths. */
  readonly amount: number | null;
}

export function toPurchase({ reporters: bits, orderId, currency, amount, ...row }: PurchaseRow): IndexedPurchase {
  const reporters = reportSources.filter((one) => (bits & sourceBits[one]) !== 0);
  const money = currency === null || amount === null ? {} : { money: { currency, amount: amount / 1_000 } };
  return { ...row, reporters, ...(orderId !== null && { orderId }), ...money };
}

/** Returns the pattern that finds a part of a text. Its escape character is the backslash. */
export function toLikePattern(part: string): string {
  return `%${part.replace(/[\\%_]/g, '\\$&')}%`;
}

export interface EventGroupRow {
  readonly name: string;
  readonly reporters: number;
  readonly consent: number;
  readonly keys: number;
  readonly events: number;
  readonly first: number;
  readonly last: number;
}

export function toEventGroup(row: EventGroupRow): EventGroup {
  return {
    ...row,
    reporters: reportSources.filter((one) => row.reporters & sourceBits[one]),
    consent: toConsent(row.consent),
    keys: matchKeys.filter((one) => row.keys & keyBits[one]),
  };
}

export interface EventGroupCountRow {
  readonly name: string;
  readonly reporters: number;
  readonly consent: number;
  readonly country: string | null;
  readonly events: number;
}

export function toEventGroupCount({ reporters, consent, country, ...row }: EventGroupCountRow): EventGroupCount {
  return {
    ...row,
    reporters: reportSources.filter((one) => reporters & sourceBits[one]),
    consent: toConsent(consent).effective,
    ...(country !== null && { country }),
  };
}

function toConsent(rank: number): EventGroup['consent'] {
  switch (rank) {
    case consentRanks.statedDenied:
      return { stated: 'denied', effective: 'denied' };
    case consentRanks.statedGranted:
      return { stated: 'granted', effective: 'granted' };
    case consentRanks.denied:
      return { stated: 'unknown', effective: 'denied' };
    case consentRanks.granted:
      return { stated: 'unknown', effective: 'granted' };
    default:
      return { stated: 'unknown', effective: 'pending' };
  }
}

export interface BrowserPurchaseRow {
  readonly offset: Offset;
  readonly id: string;
  /** A value of `consentRanks`. */
  readonly consent: number;
}

/** A purchase that only a browser reported and no connection delivered. */
export interface ReleasedPurchase {
  readonly id: string;
  readonly offset: Offset;
  readonly released: number;
}

/** Returns the purchases that connections settled without delivering them. @param outcomes the latest ones of each connection */
export function findUndelivered(
  rows: readonly BrowserPurchaseRow[],
  outcomes: readonly ReadonlyMap<Offset, StoredOutcome>[],
): readonly ReleasedPurchase[] {
  return rows.flatMap(({ id, offset, consent }) => {
    const known = outcomes.flatMap((ofConnection) => ofConnection.get(offset)?.outcome ?? []);
    const isOpen = known.some((outcome) => isSentOutcome(outcome) || outcome === 'waiting');
    if (known.length === 0 || isOpen) return [];
    return [{ id, offset, released: isDenial(consent) ? releaseStates.toGrants : releaseStates.toAll }];
  });
}
