import type { Site } from '../../event/site.ts';
import type { UnixMs } from '../../event/units.ts';
import type { PageVisit } from './browser-visit.ts';
import type { DnsResult } from './dns-lookup.ts';
import type { EventResponse, NoResponse, PixelResponse, PlainResponse } from './probe-collector.ts';
import type { Certificate } from './read-certificate.ts';

/** The observations of `convey check --live`. The diagnosis is a pure function of them. */
export interface LiveEvidence {
  readonly now: UnixMs;
  readonly site: Site;
  /** All sites, because the page may have the key of another one. */
  readonly sites: readonly Site[];
  readonly proxies: {
    readonly trustedProxies: readonly string[];
    readonly countryHeader?: string | undefined;
    /** Whether tables have the country of a request without the header. */
    readonly hasCountryTables: boolean;
  };
  readonly page: PageHost;
  /** The consent choice that the check passed to the page. */
  readonly consent?: 'granted' | 'denied' | undefined;
  readonly visit: PageVisit;
  /** Whether Chromium ran in its sandbox. */
  readonly isSandboxed: boolean;
  /** Undefined if the page loads no pixel. */
  readonly collector?: CollectorResponses;
  /** Undefined if no gateway runs on the data folder of the config. */
  readonly gateway?: GatewayEvidence;
}

export interface PageHost {
  readonly url: URL;
  readonly name: DnsResult;
  /** Undefined for a page over plain http. */
  readonly certificate?: Certificate | NoResponse;
}

/** The responses of the collector to this machine, without a browser. */
export interface CollectorResponses {
  /** The URL of the pixel on the page. */
  readonly url: URL;
  readonly name: DnsResult;
  readonly certificate?: Certificate | NoResponse;
  /** The response over plain http. Requested only if https is on its default port. */
  readonly plainly?: PlainResponse | NoResponse;
  readonly pixel: PixelResponse | NoResponse;
  /** The response to an unmodified test event. */
  readonly event: EventResponse | NoResponse;
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

/** The records of a running gateway about the requests of the check. */
export interface GatewayEvidence {
  /** The client of the unmodified test event. Undefined if the event did not arrive. */
  readonly plain?: IdentifiedClient;
  /** The client of the test event with forged headers. */
  readonly forged?: IdentifiedClient;
  /** This machine's own public addresses. */
  readonly ownAddresses: readonly string[];
  /** The number of the browser's events that arrived. */
  readonly arrived: number;
  /** The outcomes of these events. */
  readonly skips: readonly string[];
}

/** The forged values of the test: an address for documentation, and a country without shoppers. */
export const spoofedClient = { address: '198.51.100.77', network: '198.51.100.0/24', country: 'AQ' } as const;
