import type { ConsentManager } from './consent.ts';
import type { VisitorIds } from './id-sync.ts';
import { swallowErrors } from './swallow-errors.ts';

/** What a theme's page offers. Theirs, so none of it is trusted to be there. */
interface StorefrontPage {
  /** Where the shop's addresses begin in the shopper's language: `/`, `/fr/`. */
  Shopify?: { routes?: { root?: string } };
}

/** Told when a theme or an app sets the attributes of the cart. */
interface AttributesChange {
  /** All that the cart keeps. */
  readonly attributes?: unknown;
  readonly promise?: unknown;
}

/** As the order's webhook has it: an attribute of the cart. The custom pixel reads it in the session storage. */
const visitorKey = '_convey_visitor';
/** What the shopper chose, for the custom pixel; silence that counts as a yes is none. */
const choiceKey = '_convey_choice';
/** What was written, and into which cart. */
const writtenKey = '_convey_cart';

/** Of what another took away, on one page: two that set against each other must not go on for ever. */
const mostAgain = 3;

const visitorForm = /^[\da-f]{32}$/;

/**
 * Which cart this is, without the part that is secret. Empty: there is none, or scripts may not read it.
 * @source https://shopify.dev/changelog/cart-cookie-value-now-includes-key-param (2026-11)
 */
function cartToken(): string {
  return /(?:^|; )cart=([^;?%]+)/.exec(document.cookie)?.[1] ?? '';
}

/**
 * Leaves with the shop's cart who its visitor is, so that the order tells it: the id under a grant, `denied` after a no, nothing
 * before. One request for each change of visitor or cart; one that fails goes again on the next page. It waits for a cart: to write
 * while the theme makes one could leave the shopper with two, and a crawler needs none.
 * @source https://shopify.dev/docs/api/ajax/reference/cart (2026-11)
 */
export function createShopifyCart(consent: ConsentManager) {
  let hasCart = /\/cart\/?$/.test(location.pathname);
  let tried: string | undefined;
  let isWriting = false;
  let timesAgain = 0;

  const look = swallowErrors(() => {
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
      // A shop behind a password leads to its door, and answers well there.
      if (ok && !redirected) sessionStorage.setItem(writtenKey, `${value} ${cartToken()}`);
    } catch {} // the next page tries again
    isWriting = false;
    look();
  }

  // The theme's own requests tell that there is a cart, and whatever else is loaded is a moment to look.
  const watch = swallowErrors(() =>
    new PerformanceObserver((list) => {
      if (list.getEntries().some(({ name }) => /\/cart\/(add|change|update)\b/.test(name))) hasCart = true;
      look();
    }).observe({ type: 'resource', buffered: true }),
  );
  watch();

  // Whoever sets the attributes sets all of them: what they leave out is gone.
  // @source https://shopify.dev/docs/api/storefront-events-and-actions/events/cart-attributes-update (2026-11)
  const heed = swallowErrors(({ attributes, promise }: AttributesChange) => {
    if (JSON.stringify(attributes)?.includes(visitorKey) || timesAgain++ >= mostAgain) return;
    const again = swallowErrors(() => {
      tried = undefined;
      sessionStorage.removeItem(writtenKey);
      look();
    });
    void Promise.resolve(promise).then(again, again);
  });
  document.addEventListener('shopify:cart:attributes-update', (event) => heed(Object(event)), true);

  return {
    /** The collector named the visitor. */
    heard: swallowErrors(({ visitorId }: VisitorIds) => {
      if (visitorId && consent.state() === 'granted') sessionStorage.setItem(visitorKey, visitorId);
      look();
    }),
  };
}
