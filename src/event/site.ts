import type { CaptureSettings } from './capture-settings.ts';
import type { ConsentPolicy, MissingCountryRule } from './consent.ts';
import type { Sha256 } from './event.ts';
import type { Hook } from './hook.ts';
import type { Rule } from './rule.ts';
import type { SegmentSettings } from './segment-settings.ts';
import type { ShopifyApp } from './shopify-app.ts';
import type { UnixMs } from './units.ts';

/** `as-reported` sends every purchase. `confirmed` sends a browser's purchase only if a server or webhook reports the same one. */
export const purchaseRules = ['as-reported', 'confirmed'] as const;
export type PurchaseRule = (typeof purchaseRules)[number];

export const platforms = ['custom', 'shopify', 'woocommerce'] as const;
export type Platform = (typeof platforms)[number];

/** A destination with one operator's settings, for one site. */
export interface Connection {
  /** `^[a-z0-9][a-z0-9-]{0,62}$`, unique within its site. */
  readonly id: string;
  /** A destination's id: `microsoft`. */
  readonly destination: string;
  readonly enabled: boolean;
  /** The settings as the destination's schema parsed them. They include secrets, so they must never be logged. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Applied after the site's rules. */
  readonly rules?: readonly Rule[] | undefined;
  /** Whether it sends to the gateway's own simulator of the platform. */
  readonly isSimulated?: true;
  /** Whether it takes purchases that are older than the platform's age limit. */
  readonly takesLate?: true;
}

type ConnectionMark = Pick<Connection, 'destination' | 'enabled'> & { readonly isSimulated: boolean };

/**
 * Returns whether the gateway's own simulator takes the platform's place for a site: its events go to no real account, so the pixel does not
 * load or call the platform's browser tag either.
 */
export function isSimulatedPlatform(
  { connections, stoppedConnections = [] }: Pick<Site, 'connections' | 'stoppedConnections'>,
  destination: string,
): boolean {
  const own = [...connections, ...stoppedConnections].filter((one) => one.enabled && one.destination === destination);
  return own.length > 0 && own.every(({ isSimulated }) => isSimulated);
}

/** The settings of the shop's own webhooks. */
export interface Webhooks {
  /** The signing secrets: the current one, and the previous one while it is being replaced. Never shown. */
  readonly secrets: readonly string[];
  /** Whether an order counts as a purchase when it is placed, or when it is paid. */
  readonly purchaseOn: 'create' | 'paid';
}

export const tagModes = ['off', 'attach', 'load'] as const;

/** The settings of a platform's browser tag on the site's pages, as the destination's schema parsed them. */
export interface TagConfig {
  /** `attach`: the page loads the tag. `load`: the pixel loads it once consent counts as granted. */
  readonly mode: (typeof tagModes)[number];
  readonly [setting: string]: unknown;
}

/** One storefront. */
export interface Site {
  /** `^[a-z0-9][a-z0-9-]{0,62}$`; also the partition of the event log. */
  readonly id: string;
  readonly name: string;
  readonly domains: readonly string[];
  readonly platform: Platform;
  readonly writeKey: string;
  /** Former keys that are accepted too, while pages still have them. */
  readonly oldWriteKeys?: readonly string[];
  /** SHA-256 of each secret key. The keys themselves are in the config file, or were shown once in the dashboard. */
  readonly secretKeyHashes: readonly Sha256[];
  /** The secret keys, of the site or of Segment's SDKs, that a page has used. What they send counts as a browser's. */
  readonly distrustedKeys?: readonly Sha256[];
  readonly consent: {
    readonly policy: ConsentPolicy;
    /** Absent: `default-country`, and the operator should choose. */
    readonly missingCountry?: MissingCountryRule | undefined;
  };
  /** The URL at which the shop's pages reach the collector, without a slash at its end. Absent: that of `collector.publicUrl`. */
  readonly publicUrl?: string;
  /** ISO 3166-1 alpha-2: used to parse national phone numbers, and as the country of a server's event if `missingCountry` is so. */
  readonly defaultCountry?: string;
  /** ISO 4217: the currency of a value without one. */
  readonly defaultCurrency?: string;
  /** The IANA name of the zone in which the shop's days begin. */
  readonly timeZone: string;
  /** The name of the account that is responsible for the site. It need not exist, and has no rights by this. */
  readonly assignee?: string;
  readonly bots: 'drop' | 'send';
  /** The ids of the connections whose account has a goal for late purchases. Absent: not known, so the settings alone decide. */
  readonly lateAccounts?: readonly string[];
  /** The browser tags of the site's pages, by destination id. A tag without an entry is off. */
  readonly tags: Readonly<Record<string, TagConfig>>;
  /** The time for which a purchase waits for a duplicate report. `auto`: 90 s if the site has more than one source of purchases. */
  readonly purchaseHoldSeconds: 'auto' | number;
  readonly purchases: PurchaseRule;
  readonly webhooks: Webhooks;
  /** Senders beside the shop's own, such as a payment system. Absent: none. */
  readonly hooks?: readonly Hook[];
  /** Absent: the shop has no app of the operator. */
  readonly shopify?: ShopifyApp;
  /** Absent: the defaults, and no keys beside the site's own. */
  readonly segment?: SegmentSettings;
  /** Absent: nothing. */
  readonly capture?: CaptureSettings;
  /** The keys of the tokens of `capture.links`, the current one first. Never shown. Absent: no tokens. */
  readonly linkKeys?: readonly string[];
  readonly accuracy: {
    /** The share of the shop's orders, 0 to 1, that should at least be accounted for; 0 or null for no limit. */
    readonly alertUnder: number | null;
  };
  /** Applied to the events of every connection, in their order. */
  readonly rules?: readonly Rule[] | undefined;
  readonly connections: readonly Connection[];
  /** The connections that cannot run, for example because the gateway's simulator did not start. */
  readonly stoppedConnections?: readonly ConnectionMark[] | undefined;
}

/** Returns whether one of the domains is the host, or covers it as a subdomain. Ignores a dot at the end of the host. */
export function domainMatches(domains: readonly string[], host: string): boolean {
  const name = host.replace(/\.$/, '');
  return domains.some((domain) => name === domain || name.endsWith(`.${domain}`));
}

/** A domain whose pages have the snippet of a site that does not list it. */
export interface RefusedDomain {
  readonly domain: string;
  /** Refused requests at all gateways, as far as they are remembered. */
  readonly requests: number;
  readonly lastAt: UnixMs;
}
