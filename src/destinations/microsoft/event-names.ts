import type { StandardEventName } from '../../event/event-names.ts';

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
