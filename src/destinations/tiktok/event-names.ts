import type { StandardEventName } from '../../event/event-names.ts';

/**
 * TikTok's names of the standard events, as renamed in May 2025: `CompletePayment` became `Purchase`, and `SubmitForm` became `Lead`. Names
 * are compared in their own case. `Pageview` is on no list of standard events; the pixel reports it so.
 * @source https://ads.tiktok.com/help/article/how-to-adopt-tiktoks-updated-standard-events (2025-05-01)
 */
export const standardNames = {
  PageView: 'Pageview',
  ViewContent: 'ViewContent',
  AddToCart: 'AddToCart',
  InitiateCheckout: 'InitiateCheckout',
  Purchase: 'Purchase',
  Lead: 'Lead',
  Search: 'Search',
  SignUp: 'CompleteRegistration',
} as const satisfies Record<StandardEventName, string>;
