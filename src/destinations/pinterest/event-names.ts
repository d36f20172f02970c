import type { PageType } from '../../event/event.ts';
import { isStandardEventName, type StandardEventName, testEventName } from '../../event/event-names.ts';
import { mapEventName, renameLookupKey } from '../kit/mapping/event-names.ts';
import type { Settings } from './settings.ts';

/**
 * Pinterest's names of the standard events. A purchase is `checkout`. A product view is a `page_visit`, because Pinterest's own tag manager
 * template and shop extensions send it, and retargeting by product is documented for it; a setting makes it `view_content`.
 * @source https://github.com/pinterest/api-description 5.23.0 (2025-12-11), https://github.com/pinterest/ss-gtm-template (2026-05-05)
 */
export const standardNames = {
  PageView: 'page_visit',
  ViewContent: 'page_visit',
  AddToCart: 'add_to_cart',
  InitiateCheckout: 'initiate_checkout',
  Purchase: 'checkout',
  Lead: 'lead',
  Search: 'search',
  SignUp: 'signup',
} as const satisfies Record<StandardEventName, string>;

/** Pinterest's name of a view of several products. */
export const categoryViewName = 'view_category';

/**
 * Pinterest's other names for events of websites, also those of newer clients.
 * @source https://github.com/pinterest/ss-gtm-template (2026-05-05)
 */
const otherNames = [
  'add_payment_info',
  'add_to_wishlist',
  'contact',
  'custom',
  'customize_product',
  'find_location',
  'schedule',
  'start_trial',
  'submit_application',
  'subscribe',
  categoryViewName,
  'view_content',
  'watch_video',
];

/** All of Pinterest's names, by their letters without `_`. The Pinterest tag spells them like this. */
export const nameByLetters: ReadonlyMap<string, string> = new Map(
  [...Object.values(standardNames), ...otherNames].map((name) => [toLetters(name), name]),
);

/** Returns a name in lower case, without `_`. */
export function toLetters(name: string): string {
  return name.toLowerCase().replaceAll('_', '');
}

/** Returns the event's name at Pinterest. Custom events have Pinterest's name if they are spelled like one, else their own in lower case. */
export function toEventName(
  name: string,
  pageType: PageType | undefined,
  { eventNames, viewContent, customEvents }: Pick<Settings, 'eventNames' | 'viewContent' | 'customEvents'>,
): string {
  const standard = { ...standardNames, ViewContent: viewContent, ...(pageType === 'category' && { PageView: categoryViewName }) };
  if (isStandardEventName(name) || isRenamed(name, eventNames)) return mapEventName(name, eventNames, standard) ?? name;
  const known = nameByLetters.get(toLetters(name));
  if (known !== undefined) return known;
  return customEvents === 'custom' || name === testEventName ? 'custom' : name.toLowerCase();
}

/** Returns whether the setting `eventNames` has the event. */
export function isRenamed(name: string, eventNames: Settings['eventNames']): boolean {
  return Object.hasOwn(eventNames, renameLookupKey(name));
}
