import type { Commerce } from '../../event/event.ts';
import type { Site } from '../../event/site.ts';
import type { ReadContext } from './field-readers.ts';

/** Adds the site's default currency to an amount without a currency. Drops the amount if the site has none. */
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
  reading.warn('commerce.currency', 'currency-missing', `Must have a currency, so the value was dropped. ${remedy}`);
  const { value: _, ...rest } = commerce;
  return rest;
}
