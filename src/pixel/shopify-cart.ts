import type { ConsentManager } from './consent.ts';
import type { VisitorIds } from './outbox.ts';
import { swallowErrors } from './swallow-errors.ts';

/** The globals of a theme's page. Any of them may be missing or of another type. */
interface StorefrontPage {
  /** The root of the shop's URLs in the shopper's language: `/`, `/fr/`. */
  Shopify?: { routes?: { root?: string } };
}

/** An event that a theme or an app sends when it sets the attributes of the cart. */
interface AttributesChange {
  /** All attributes of the cart. */
  readonly attributes?: unknown;
  readonly promise?: unknown;
}

export interface ShopifyCart {
  /** Receives the visitor's ids from the collector's response. */
  setVisitor(ids: VisitorIds): void;
}

/** The name of the cart's attribute, which the order's webhook contains. The custom pixel reads it from the session storage. */
const visitorKey = '_convey_visitor';
/** The shopper's choice, for the custom pixel. A policy that counts no choice as granted does not set it. */
const choiceKey = '_convey_choice';
/** The value that was written, and the cart that it was written to. */
const writtenKey = '_convey_cart';

/** The number of times per page that a removed value is written again, so that two scripts do not overwrite each other for ever. */
const maxRewrites = 3;

const visitorForm = /^[\da-f]{32}$/;

/**
 * Returns the cart's token without its secret part. Empty if there is no cart, or scripts may not read its cookie.
 * @source https://shopify.dev/changelog/cart-cookie-value-now-includes-key-param (2026-11)
 */
function cartToken(): string {
  return /(?:^|; )cart=([^;?%]+)/.exec(document.cookie)?.[1] ?? '';
}

/**
 * Creates the writer of the visitor's id to the shop's cart, so that the order's webhook contains it: the id after a grant, `denied` after
 * a denial, nothing before. It sends one request for each change of visitor or cart, and retries a failed one on the next page. It waits
 * for a cart: a write while the theme creates one could leave the shopper with two, and a crawler needs none.
 * @source https://shopify.dev/docs/api/ajax/reference/cart (2026-11)
 */
export function createShopifyCart(consent: ConsentManager): ShopifyCart {
  let hasCart = /\/cart\/?$/.test(location.pathname);
  let tried: string | undefined;
  let isWriting = false;
  let rewrites = 0;

  const checkCart = swallowErrors(() => {
    const { Shopify }: StorefrontPage = Object(window);
    const root = Shopify?.routes?.root;
    const state = consent.state();
    if (root) sessionStorage.setItem(choiceKey, consent.statement().explicit ? state : '');
    if (!root || isWriting || state === 'waiting') return;
    const known = sessionStorage.getItem(visitorKey) ?? '';
    const value = state === 'denied' ? state : known;
    if (value !== known) sessionStorage.setItem(visitorKey, value);
    const token = cartToken();
    const wanted = `${value} ${token}`;
    if (!(token || hasCart) || wanted === tried || wanted === sessionStorage.getItem(writtenKey)) return;
    if (state === 'granted' && !visitorForm.test(value)) return;
    tried = wanted;
    isWriting = true;
    void write(root, value);
  });

  async function write(root: string, value: string): Promise<void> {
    try {
      const { ok, redirected } = await fetch(`${root}cart/update.js`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ attributes: { [visitorKey]: value } }),
        keepalive: true,
      });
      // A password-protected shop redirects to its login page with status 200.
      if (ok && !redirected) sessionStorage.setItem(writtenKey, `${value} ${cartToken()}`);
    } catch {} // the next page tries again
    isWriting = false;
    checkCart();
  }

  // The theme's own requests show that a cart exists, so each loaded resource triggers a check.
  const watch = swallowErrors(() =>
    new PerformanceObserver((list) => {
      if (list.getEntries().some(({ name }) => /\/cart\/(add|change|update)\b/.test(name))) hasCart = true;
      checkCart();
    }).observe({ type: 'resource', buffered: true }),
  );
  watch();

  // A script that sets the attributes sets all of them, and so removes the others.
  // @source https://shopify.dev/docs/api/storefront-events-and-actions/events/cart-attributes-update (2026-11)
  const onAttributes = swallowErrors(({ attributes, promise }: AttributesChange) => {
    if (JSON.stringify(attributes)?.includes(visitorKey) || rewrites++ >= maxRewrites) return;
    const again = swallowErrors(() => {
      tried = undefined;
      sessionStorage.removeItem(writtenKey);
      checkCart();
    });
    void Promise.resolve(promise).then(again, again);
  });
  document.addEventListener('shopify:cart:attributes-update', (event) => onAttributes(Object(event)), true);

  return {
    setVisitor: swallowErrors(({ visitorId }: VisitorIds) => {
      if (visitorId && consent.state() === 'granted') sessionStorage.setItem(visitorKey, visitorId);
      checkCart();
    }),
  };
}
