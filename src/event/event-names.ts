/**
 * The product's own vocabulary. Canonical names on the left; aliases are what other tools call the same thing.
 * A platform's spelling of a name belongs to that platform's folder in `destinations/`.
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

const customName = /^[A-Za-z][A-Za-z0-9_]{0,99}$/;

/** The canonical name for a name or an alias in any case; a custom name as it stands; `undefined` when it is neither. */
export function normalizeEventName(given: string): string | undefined {
  return canonicalByLowerCase.get(given.toLowerCase()) ?? (customName.test(given) ? given : undefined);
}

/** Every name and alias of a standard event, in lower case. */
export function listAliases(name: StandardEventName): readonly string[] {
  return [name, ...standardEvents[name]].map((alias) => alias.toLowerCase());
}

/** The events that a bidding system or a salesperson waits for: they are sent at once. */
export const urgentEventNames: readonly StandardEventName[] = ['Purchase', 'Lead', 'SignUp'];

/** What a browser says of the shopper rather than of something they did. Logged like events, and never delivered. */
export const signalTypes = ['identify', 'reset', 'consent'] as const;
export type SignalType = (typeof signalTypes)[number];

/** What the name of a signal begins with in the log, and no event's does. */
export const signalPrefix = '$';

/** What a signal is called in the log. */
export function signalName(type: SignalType): string {
  return `${signalPrefix}${type}`;
}

/** The record beside a denied event that names a visitor: it ends what is known of them. */
export const denialEventName = '$denial';

export function isSignalName(name: string): boolean {
  return name.startsWith(signalPrefix);
}

/** The name of the synthetic event that `convey send-test` sends: it carries no value and matches no goal. */
export const testEventName = 'convey_test';
