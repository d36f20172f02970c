import type { ConsentSource } from '../event/consent.ts';

/** Fields of an event or a signal, as the page gave them; the collector reads and judges them. */
export type Fields = Readonly<Record<string, unknown>>;

/** What the shopper said about advertising storage, or what a tool says for them. */
export interface ConsentStatement {
  readonly adStorage?: 'granted' | 'denied';
  readonly source?: ConsentSource;
  /** `false`: a tool's default, not the shopper's choice. */
  readonly explicit?: boolean;
}

/** One thing to tell the collector: an event, or a signal (identify, reset, consent), which has a `type` instead of a name. */
export interface Report {
  readonly id: string;
  readonly time: number;
  readonly name?: string;
  readonly type?: 'identify' | 'reset' | 'consent';
  readonly page: Partial<Record<'url' | 'referrer' | 'title' | 'browserTag', string | undefined>>;
  readonly user?: Fields;
  readonly commerce?: Fields;
  /** Only where it is settled: the shopper had denied when it happened, so a later grant does not change it. */
  readonly consent?: ConsentStatement;
}

/** A version 4 UUID, also on a page without https, where the browser's own maker is missing. */
export function newId(): string {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte, index) => (index === 6 ? (byte & 15) | 64 : index === 8 ? (byte & 63) | 128 : byte) + 256)
    .map((byte) => byte.toString(16).slice(1))
    .join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** A visitor's id in the collector's own form: a version 1 UUID as 32 hexadecimal digits. */
export function newVisitorId(): string {
  const ticks = (BigInt(Date.now()) * 10_000n + 0x01b21dd213814000n).toString(16).padStart(15, '0');
  return `${ticks.slice(7)}${ticks.slice(3, 7)}1${ticks.slice(0, 3)}${newId().replaceAll('-', '').slice(16)}`;
}

function withoutQuery(url: string | undefined): string | undefined {
  return url?.replace(/[?#].*/, '');
}

/** What may leave the page of a shopper who denied: that it happened, where, and what it was worth. */
export function stripped({ id, time, name, type, page, commerce = {} }: Report): Report {
  const { orderId: _orderId, hotel, ...worth } = commerce;
  const { url, referrer, browserTag } = page;
  return {
    id,
    time,
    ...(name && { name }),
    ...(type && { type }),
    page: { url: withoutQuery(url), referrer: withoutQuery(referrer), browserTag },
    commerce: { ...worth, hotel: hotel && { ...hotel, bookingHref: undefined } },
  };
}
