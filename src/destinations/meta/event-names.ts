import type { StandardEventName } from '../../event/event-names.ts';

/**
 * Meta's names of the standard events. Names are compared in their own case: another spelling is a custom event.
 * @source https://developers.facebook.com/docs/meta-pixel/reference (2026-09-12)
 */
export const standardNames = {
  PageView: 'PageView',
  ViewContent: 'ViewContent',
  AddToCart: 'AddToCart',
  InitiateCheckout: 'InitiateCheckout',
  Purchase: 'Purchase',
  Lead: 'Lead',
  Search: 'Search',
  SignUp: 'CompleteRegistration',
} as const satisfies Record<StandardEventName, string>;
