import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import type { PageVisit } from './browser-visit.ts';
import type { DnsResult } from './dns-lookup.ts';
import type { EventAnswer, NoResponse, PixelAnswer, PlainAnswer } from './probe-collector.ts';
import type { Certificate } from './read-certificate.ts';

/** All that `convey check --live` looked at; what it says of it is pure. */
export interface LiveEvidence {
  readonly now: UnixMs;
  readonly site: Site;
  /** Every site: a key may be another's. */
  readonly sites: readonly Site[];
  readonly proxies: { readonly trustedProxies: readonly string[]; readonly countryHeader?: string | undefined };
  readonly page: PageHost;
  /** What the page was told that the shopper chose. */
  readonly consent?: 'granted' | 'denied' | undefined;
  readonly visit: PageVisit;
  /** Whether the page was opened within Chromium's sandbox. */
  readonly isSandboxed: boolean;
  /** Absent where the page asked for no pixel. */
  readonly collector?: CollectorAnswers;
  /** Absent where no gateway runs on the data folder of the config. */
  readonly gateway?: GatewayEvidence;
}

export interface PageHost {
  readonly url: URL;
  readonly name: DnsResult;
  /** Absent for a page over plain http. */
  readonly certificate?: Certificate | NoResponse;
}

/** What answers where the page looks for the pixel, asked from this machine without a browser. */
export interface CollectorAnswers {
  /** Of the pixel, as the page has it. */
  readonly url: URL;
  readonly name: DnsResult;
  readonly certificate?: Certificate | NoResponse;
  /** What answers over plain http; asked where https is at its usual port. */
  readonly plainly?: PlainAnswer | NoResponse;
  readonly pixel: PixelAnswer | NoResponse;
  /** To a test event as it is. */
  readonly event: EventAnswer | NoResponse;
}

/** A client as the gateway identified it from a test event. */
export interface IdentifiedClient {
  /** `private`: most likely a proxy. `unreadable`: the header of a proxy could not be parsed. */
  readonly address: 'public' | 'private' | 'unreadable';
  /** The network around a public address, such as `203.0.113.0/24`. */
  readonly network?: string;
  /** ISO 3166-1 alpha-2. */
  readonly country?: string;
  readonly bot: boolean;
}

/** What a running gateway says of what was sent. */
export interface GatewayEvidence {
  /** Of the test event as it is. Absent where it did not arrive. */
  readonly plain?: IdentifiedClient;
  /** Of the one with forged headers. */
  readonly forged?: IdentifiedClient;
  /** This machine's own addresses on the public internet, as far as it has any. */
  readonly ownAddresses: readonly string[];
  /** Of the browser's events: how many the gateway has, and the reasons why they are not sent. */
  readonly arrived: number;
  readonly skips: readonly string[];
}

/** What a client writes to be taken for another: an address for documentation, and a country without shoppers. */
export const spoofedClient = { address: '198.51.100.77', network: '198.51.100.0/24', country: 'AQ' } as const;
