import { normalizeEventName } from './event-names.ts';
import type { HookEventMapping } from './hook-mapping.ts';
import { type HookSignature, isSignedScheme } from './hook-signature.ts';
import type { StripeSettings } from './stripe-settings.ts';

/** The services beside the shop's own that send webhooks. `custom`: any other. */
export const hookSources = ['stripe', 'recharge', 'hubspot', 'calendly', 'typeform', 'custom'] as const;
export type HookSource = (typeof hookSources)[number];

/** Returns whether the requests of a source are mapped by data, not read by code. */
export function isMappedSource(source: HookSource): boolean {
  return source !== 'stripe' && source !== 'recharge';
}

/** The address of one sender of a site, at `/hooks/{source}/{site}/{id}`. */
export interface Hook {
  /** `^[a-z0-9][a-z0-9-]{0,62}$`, unique within its site. */
  readonly id: string;
  readonly source: HookSource;
  /** The signing secrets of this sender alone. Never shown. */
  readonly secrets: readonly string[];
  /** How requests are proven. Absent: in the way of the source. */
  readonly signature?: HookSignature | undefined;
  /** The events of the requests. Absent: those of the source. */
  readonly events?: readonly HookEventMapping[] | undefined;
  /** The settings of a hook of Stripe. */
  readonly stripe?: StripeSettings | undefined;
}

/** Returns whether a hook's requests are signed and may report purchases. */
function mayReportPurchases({ source, secrets, signature, events = [] }: Hook): boolean {
  if (secrets.length === 0 || (signature && !isSignedScheme(signature))) return false;
  if (!isMappedSource(source)) return true;
  return events.some(({ fields: { name } }) => {
    const isFixed = typeof name === 'object' && 'const' in name;
    return !isFixed || normalizeEventName(String(name.const)) === 'Purchase';
  });
}

/** The senders of a site, each with its secrets. */
interface Senders {
  readonly webhooks: { readonly secrets: readonly string[] };
  readonly hooks?: readonly Hook[];
}

/**
 * Returns whether a sender that signs can report the site's orders. Either its report or the browser's may be first, and only the browser
 * knows the shopper's consent.
 */
export function hasSignedSender({ webhooks, hooks = [] }: Senders): boolean {
  return webhooks.secrets.length > 0 || hooks.some(mayReportPurchases);
}
