/**
 * Canonical event names, each with its aliases in other tools. A platform's own spelling of a name belongs to that platform's folder in
 * `destinations/`.
 */
const standardEvents = {
  PageView: ['page_view', 'page_viewed', 'page'],
  ViewContent: ['view_content', 'view_item', 'product_viewed'],
  AddToCart: ['add_to_cart', 'product_added_to_cart'],
  InitiateCheckout: ['initiate_checkout', 'begin_checkout', 'checkout_started'],
  Purchase: ['purchase', 'checkout_completed', 'order_completed'],
  Lead: ['lead', 'generate_lead'],
  Search: ['search', 'search_submitted'],
  SignUp: ['sign_up', 'signup', 'account_created'],
} as const satisfies Record<string, readonly string[]>;

export type StandardEventName = keyof typeof standardEvents;

export function isStandardEventName(name: string): name is StandardEventName {
  return Object.hasOwn(standardEvents, name);
}

export const standardEventNames: readonly StandardEventName[] = Object.keys(standardEvents).filter(isStandardEventName);

const canonicalByLowerCase = new Map<string, StandardEventName>(
  standardEventNames.flatMap((name) => [name, ...standardEvents[name]].map((alias) => [alias.toLowerCase(), name] as const)),
);

/** Reports of a shop that change an order which was reported before, each with its aliases. They are no events of a shopper. */
const adjustments = {
  Refund: ['OrderRefunded', 'order_refunded'],
  OrderCancelled: ['order_cancelled'],
} as const satisfies Record<string, readonly string[]>;

export type AdjustmentName = keyof typeof adjustments;

export function isAdjustmentName(name: string): name is AdjustmentName {
  return Object.hasOwn(adjustments, name);
}

/** The names of refunds and cancellations. */
export const adjustmentNames: readonly AdjustmentName[] = Object.keys(adjustments).filter(isAdjustmentName);

const adjustmentByLowerCase = new Map<string, AdjustmentName>(
  adjustmentNames.flatMap((name) => [name, ...adjustments[name]].map((alias) => [alias.toLowerCase(), name] as const)),
);

const customName = /^[A-Za-z][A-Za-z0-9_]{0,99}$/;

/** Returns the canonical name for a name or an alias in any case, a custom name unchanged, and `undefined` for any other text. */
export function normalizeEventName(name: string): string | undefined {
  const key = name.toLowerCase();
  return canonicalByLowerCase.get(key) ?? adjustmentByLowerCase.get(key) ?? (customName.test(name) ? name : undefined);
}

/** Returns the name and all aliases of a standard event, in lower case. */
export function listAliases(name: StandardEventName): readonly string[] {
  return [name, ...standardEvents[name]].map((alias) => alias.toLowerCase());
}

/** Events that are sent at once, because bidding or a salesperson depends on them. */
export const urgentEventNames: readonly StandardEventName[] = ['Purchase', 'Lead', 'SignUp'];

/** Messages about the visitor rather than about an event. They are logged like events, and never delivered. */
export const signalTypes = ['identify', 'reset', 'consent'] as const;
export type SignalType = (typeof signalTypes)[number];

/** The first character of a signal's name in the event log. No event's name begins with it. */
export const signalPrefix = '$';

/** Returns the name of a signal in the event log. */
export function signalName(type: SignalType): string {
  return `${signalPrefix}${type}`;
}

/** The name of the record that ends a visitor's profile. It is stored with a denied event that names the visitor. */
export const denialEventName = '$denial';

/** The name of the record that a link from another domain of the shop was followed. It is stored once for each token. */
export const linkEventName = '$link';

export function isSignalName(name: string): boolean {
  return name.startsWith(signalPrefix);
}

/** The names of the events of a subscription: its trial begins, and a later period is paid. */
export const trialName = 'StartTrial';
export const renewalName = 'Renewal';

/** The name of the synthetic event that `convey send-test` sends. It has no value and matches no goal. */
export const testEventName = 'convey_test';
