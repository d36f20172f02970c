import { isStandardEventName, type StandardEventName } from '../../event/event-names.ts';

/**
 * What a standard event is called at Microsoft, which keeps no list of its own: an event goal counts the event whose name
 * equals the goal's action. `PageView` has no name there: it is the event type `pageLoad`.
 */
export const standardNames = {
  ViewContent: 'view_item',
  AddToCart: 'add_to_cart',
  InitiateCheckout: 'begin_checkout',
  Purchase: 'purchase',
  Lead: 'lead',
  Search: 'search',
  SignUp: 'sign_up',
} as const satisfies Record<Exclude<StandardEventName, 'PageView'>, string>;

/** The key under which `eventNames` keeps the name of an event: the canonical name, or a custom name in lower case. */
export function renameLookupKey(canonical: string): string {
  return isStandardEventName(canonical) ? canonical : canonical.toLowerCase();
}

/** What the event is called at Microsoft; `undefined` for a page view that nobody renamed. */
export function eventNameFor(canonical: string, eventNames: Readonly<Record<string, string>>): string | undefined {
  const key = renameLookupKey(canonical);
  if (Object.hasOwn(eventNames, key)) return eventNames[key];
  if (!isStandardEventName(canonical)) return canonical;
  return canonical === 'PageView' ? undefined : standardNames[canonical];
}
