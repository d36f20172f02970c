import type { Commerce } from '../../event/event.ts';
import type { Site } from '../../event/site.ts';
import type { ReadContext } from './field-readers.ts';

/** An amount without a currency takes the site's; where the site has none, the value means nothing and goes. */
export function applyDefaultCurrency(commerce: Commerce, site: Site, reading: ReadContext): Commerce {
  if (commerce.currency !== undefined) return commerce;
  const hasAmount =
    commerce.value !== undefined ||
    commerce.hotel?.totalPrice !== undefined ||
    commerce.hotel?.basePrice !== undefined ||
    commerce.items?.some((item) => item.price !== undefined);
  if (hasAmount && site.defaultCurrency !== undefined) return { ...commerce, currency: site.defaultCurrency };
  if (commerce.value === undefined) return commerce;
  const remedy = "Send `commerce.currency`, or set the site's `defaultCurrency`.";
  reading.warn('commerce.currency', 'currency-missing', `The value came without a currency, so it was left out. ${remedy}`);
  const { value: _, ...rest } = commerce;
  return rest;
}
