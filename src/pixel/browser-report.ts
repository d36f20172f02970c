import type { BrowserTagState } from '../event/event.ts';
import type { ConsentStatement } from './commands.ts';

/** The fields of an event or a signal as the page sent them. The collector validates them. */
export type Fields = Readonly<Record<string, unknown>>;

/** A report to the collector: an event, or a signal (identify, reset, consent), which has a `type` instead of a name. */
export interface Report {
  readonly id: string;
  readonly time: number;
  readonly name?: string | undefined;
  readonly type?: 'identify' | 'reset' | 'consent' | undefined;
  readonly page: {
    url?: string;
    referrer?: string;
    title?: string;
    loadId?: string;
    /** The state of each browser tag that the pixel drives, by destination id; only a page view has it. */
    browserTags?: Record<string, BrowserTagState>;
  };
  readonly user?: Fields;
  readonly commerce?: Fields;
  readonly goal?: Fields;
  /** Present only if it is final: the shopper had denied at that time, so a later grant does not change it. */
  readonly consent?: ConsentStatement;
}

/** Returns a version 4 UUID, also on a page without https, on which `crypto.randomUUID` is missing. */
export function newId(): string {
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => (byte + 256).toString(16).slice(1)).join('');
  return hex.replace(/(.{8})(.{4}).(.{3}).(.{3})/, '$1-$2-4$3-8$4-');
}

/** Returns a visitor id in the collector's own form: a version 1 UUID as 32 hexadecimal digits. */
export function newVisitorId(): string {
  // The time since the Gregorian reform in units of 100 ns, as precise as a number can hold it.
  const ticks = ((Date.now() + 12_219_292_800_000) * 1e4).toString(16);
  // The low, middle and high part of the ticks, with the version before the high part.
  return (ticks + newId().slice(19).replace('-', '')).replace(/(...)(....)(.{8})/, '$3$21$1');
}

function withoutQuery(url: string | undefined): string | undefined {
  return url?.replace(/[?#].*/, '');
}

/** Returns the parts of a report that may leave the page after a denial: that it happened, its page, and its value. */
export function redactReport({ id, time, name, type, page, commerce = {} }: Report): Report {
  const { orderId: _orderId, hotel, ...worth } = commerce;
  return {
    id,
    time,
    name,
    type,
    page: {
      url: withoutQuery(page.url),
      referrer: withoutQuery(page.referrer),
      browserTags: page.browserTags,
    },
    commerce: { ...worth, hotel: hotel && { ...hotel, bookingHref: undefined } },
  };
}

/** Matches a possible e-mail address, raw or URL-encoded. */
export const emailLike = /@|%(25)*40/;

function pickFields(input: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.map((name) => [name, emailLike.test(String(input[name])) ? undefined : input[name]]));
}

/** Returns the parts of an unacknowledged report that may be stored in the browser: none with a person's e-mail or phone. */
export function toStoredReport({ page, commerce = {}, ...report }: Report, clicks: readonly string[]): Fields {
  const [path, query = ''] = (page.url ?? '').split(/[?#]/);
  const params = query.split('&').filter((pair) => clicks.includes(pair.replace(/=.*/, '').toLowerCase()));
  const items = Array.isArray(commerce.items) ? commerce.items : [];
  return {
    ...pickFields(report, ['id', 'time', 'name', 'type']),
    consent: report.consent,
    page: pickFields({ ...page, url: `${path}?${params.join('&')}` }, ['url', 'loadId', 'browserTags']),
    commerce: {
      ...pickFields(commerce, ['value', 'currency', 'orderId']),
      items: items.map((item) => pickFields(item, ['id', 'price', 'quantity'])),
    },
  };
}
