import type { ConsentToolChoice } from './consent-tool-names.ts';
import type { LeadCapture } from './lead-settings.ts';
import type { PageRule } from './page-rules.ts';

/**
 * Events of GA4 that a page's data layer may report, with Convey's names. `isDefault`: without a list of the operator. `refund` is none:
 * only a shop refunds an order.
 * @source https://developers.google.com/analytics/devguides/collection/ga4/reference/events (2026-08)
 */
export const ga4Events = {
  view_item: { as: 'ViewContent', isDefault: true },
  add_to_cart: { as: 'AddToCart', isDefault: true },
  begin_checkout: { as: 'InitiateCheckout', isDefault: true },
  add_payment_info: { as: 'add_payment_info', isDefault: true },
  add_to_wishlist: { as: 'add_to_wishlist', isDefault: true },
  purchase: { as: 'Purchase', isDefault: true },
  generate_lead: { as: 'Lead', isDefault: true },
  sign_up: { as: 'SignUp', isDefault: true },
  search: { as: 'Search', isDefault: true },
  view_search_results: { as: 'Search', isDefault: true },
  view_item_list: { as: 'view_item_list', isDefault: false },
  select_item: { as: 'select_item', isDefault: false },
  view_cart: { as: 'view_cart', isDefault: false },
  add_shipping_info: { as: 'add_shipping_info', isDefault: false },
} as const satisfies Record<string, { readonly as: string; readonly isDefault: boolean }>;

export type Ga4EventName = keyof typeof ga4Events;

export const ga4EventNames: readonly Ga4EventName[] = Object.keys(ga4Events).filter(isGa4EventName);

function isGa4EventName(name: string): name is Ga4EventName {
  return Object.hasOwn(ga4Events, name);
}

/** Returns whether the event is read without a list of the operator. */
export function isDefaultEvent(name: Ga4EventName): boolean {
  return ga4Events[name].isDefault;
}

export const captureModes = ['off', 'preview', 'on'] as const;

/** The fields of a captured event that a mapping may name. */
export const capturedFields = [
  'value',
  'currency',
  'orderId',
  'tax',
  'shipping',
  'coupon',
  'searchTerm',
  'customerType',
] as const;
export const capturedItemFields = ['id', 'name', 'price', 'quantity', 'discount', 'brand', 'category', 'variant'] as const;

/** The most events with names of the page's own. */
export const maxMappings = 16;

/** An event with a name of the page's own: its name in Convey, and the path of each field that is not where GA4 has it. */
export interface CapturedEvent extends Partial<Readonly<Record<(typeof capturedFields)[number], string>>> {
  readonly as: string;
  /** The path of the list of items. */
  readonly items?: string;
  /** The names of the fields of an item. */
  readonly item?: Partial<Readonly<Record<(typeof capturedItemFields)[number], string>>>;
}

/** What the pixel reads of a page's data layer. */
export interface DataLayerCapture {
  /** `preview`: nothing is reported, and an open debugger shows what would be. */
  readonly mode: (typeof captureModes)[number];
  /** Names of global variables. */
  readonly layer: readonly string[];
  /** Absent: the default events. */
  readonly events?: readonly Ga4EventName[];
  readonly map: Readonly<Record<string, CapturedEvent>>;
}

/** What the pixel reads of a page beside calls of `convey`. */
export interface CaptureSettings extends LeadCapture {
  readonly dataLayer: DataLayerCapture;
  /** The rules for the pages of a single-page shop. Absent: none. */
  readonly pages?: readonly PageRule[];
  /** The site's domains to which links carry the visitor. Each covers its subdomains. Absent: none. */
  readonly links?: readonly string[];
  /** The consent tools that are read beside the common ones. Absent: none. */
  readonly consentTool?: ConsentToolChoice;
  /** The tool's name of the category for advertising, if it is not the usual one. */
  readonly consentCategory?: string;
}

/** The settings of a site that reads nothing. */
export const defaultCapture: CaptureSettings = { dataLayer: { mode: 'off', layer: ['dataLayer'], map: {} } };
