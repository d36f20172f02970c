/** @source https://developers.facebook.com/docs/meta-pixel/reference (2026-09) */
const standardEvents = [
  'AddPaymentInfo',
  'AddToCart',
  'AddToWishlist',
  'CompleteRegistration',
  'Contact',
  'CustomizeProduct',
  'Donate',
  'FindLocation',
  'InitiateCheckout',
  'Lead',
  'PageView',
  'Purchase',
  'Schedule',
  'Search',
  'StartTrial',
  'SubmitApplication',
  'Subscribe',
  'ViewContent',
];

const byLowerCase = new Map(standardEvents.map((name) => [name.toLowerCase(), name]));

export const isStandardEvent = (name: string): boolean => standardEvents.includes(name);

/** Returns the standard event that a custom name differs from in case, underscores, dashes or spaces only. */
export function findSimilarStandardEvent(name: string): string | undefined {
  const similar = byLowerCase.get(name.toLowerCase().replace(/[_\-\s]/g, ''));
  return similar === name ? undefined : similar;
}
