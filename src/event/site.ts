import type { ConsentPolicy } from './consent.ts';
import type { Sha256 } from './event.ts';

/**
 * `as-reported` sends a purchase whoever reports it. `confirmed` sends a browser's purchase only if a server or webhook reports the same
 * one.
 */
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
  /** As the destination's own schema parsed them; secrets included, so never logged whole. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** How the shop's own webhooks are read. */
export interface Webhooks {
  /** What they are signed with: the present one, and while it is being replaced the one before. Never shown. */
  readonly secrets: readonly string[];
  /** Whether an order counts as a purchase when it is made, or when it is paid. */
  readonly purchaseOn: 'create' | 'paid';
}

/** One storefront. */
export interface Site {
  /** `^[a-z0-9][a-z0-9-]{0,62}$`; also the log's partition. */
  readonly id: string;
  readonly name: string;
  readonly domains: readonly string[];
  readonly platform: Platform;
  readonly writeKey: string;
  /** Taken beside it, while pages still have them. */
  readonly oldWriteKeys?: readonly string[];
  /** SHA-256 of each secret key; the keys themselves stay in the config file, or with whoever made them in the dashboard. */
  readonly secretKeyHashes: readonly Sha256[];
  readonly consent: { readonly policy: ConsentPolicy };
  /** ISO 3166-1 alpha-2: reads national phone numbers and stands in for an unknown country of a server's event. */
  readonly defaultCountry?: string;
  /** ISO 4217: stands in where a value came without one. */
  readonly defaultCurrency?: string;
  readonly bots: 'drop' | 'send';
  /** The UET tag of the site's pages, and where the browser syncs ids. */
  readonly uet: {
    readonly mode: 'off' | 'attach' | 'load';
    readonly tagId?: string;
    readonly script: string;
    readonly queue: string;
    readonly idSync: string;
  };
  /** How long a purchase waits for its copy. `auto`: 90 s where the site has more than one reporter of purchases. */
  readonly purchaseHoldSeconds: 'auto' | number;
  readonly purchases: PurchaseRule;
  readonly webhooks: Webhooks;
  readonly accuracy: {
    /** The share of the shop's orders, 0 to 1, that should at least be accounted for; 0 or null: any. */
    readonly alertUnder: number | null;
  };
  readonly connections: readonly Connection[];
}

/** Whether one of the domains is the host, or covers it as a subdomain. A dot at its end only says that the name is whole. */
export function domainMatches(domains: readonly string[], host: string): boolean {
  const name = host.replace(/\.$/, '');
  return domains.some((domain) => name === domain || name.endsWith(`.${domain}`));
}
