/**
 * Names that Pinterest lists, and those of newer clients.
 * @source https://github.com/pinterest/api-description 5.23.0 (2025-12-11), https://github.com/pinterest/ss-gtm-template (2026-05-05)
 */
const listedNames = [
  'add_payment_info',
  'add_to_cart',
  'add_to_wishlist',
  'app_install',
  'app_open',
  'checkout',
  'contact',
  'custom',
  'customize_product',
  'find_location',
  'initiate_checkout',
  'lead',
  'page_visit',
  'schedule',
  'search',
  'signup',
  'start_trial',
  'submit_application',
  'subscribe',
  'view_category',
  'view_content',
  'watch_video',
];

const toLetters = (name: string): string => name.toLowerCase().replaceAll('_', '');

const byLetters = new Map(listedNames.map((name) => [toLetters(name), name]));

export const isListedName = (name: unknown): boolean => typeof name === 'string' && listedNames.includes(name);

/** Returns the API's spelling of a name of the tag, which has no `_`. Other names are in lower case. */
export function toApiName(name: string): string {
  return byLetters.get(toLetters(name)) ?? name.toLowerCase();
}
