import { isStandardEventName, type StandardEventName } from '../../event/event-names.ts';

/**
 * Microsoft's usual names of the standard events. Microsoft defines no list: an event goal counts the events whose name equals
 * the goal's action. `PageView` has no name: it is the event type `pageLoad`.
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

/** Returns the key of an event in `eventNames`: the canonical name, or a custom name in lower case. */
export function renameLookupKey(canonical: string): string {
  return isStandardEventName(canonical) ? canonical : canonical.toLowerCase();
}

/** Returns the event's name at Microsoft. Undefined for a page view that no setting renames. */
export function mapEventName(canonical: string, eventNames: Readonly<Record<string, string>>): string | undefined {
  const key = renameLookupKey(canonical);
  if (Object.hasOwn(eventNames, key)) return eventNames[key];
  if (!isStandardEventName(canonical)) return canonical;
  return canonical === 'PageView' ? undefined : standardNames[canonical];
}
