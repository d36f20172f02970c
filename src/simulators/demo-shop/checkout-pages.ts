import { html } from 'hono/html';
import { kindsRow, stoppedClock } from './browse-pages.ts';
import { type Line, maxQuantity, type Order, sumCents, toCommerce } from './cart.ts';
import { formatPrice } from './catalogue.ts';
import { renderClock } from './clock-svg.ts';
import { emailField, field, formNotice, phoneField, sampleButton } from './form-pages.ts';
import type { ShopHtml } from './html.ts';
import type { Page } from './page-layout.ts';
import { createPurchaseId } from './purchase-id.ts';

/** Cart, checkout and thank-you page. */

export function cartPage(lines: readonly Line[]): Page {
  if (lines.length === 0) return emptyCart('Your cart', 'Your cart is empty');
  return {
    title: 'Your cart',
    isPersonal: true,
    content: html`<div class="wide"><h1 tabindex="-1">Your cart</h1><div class="till"><ul class="lines">${lines.map(cartLine)}</ul>
<section class="sum" aria-labelledby="sum"><h2 id="sum">Summary</h2>${sums(lines)}
<p><a class="button strong full" href="/checkout">Check out</a></p><p class="quiet">Nothing is paid here: this is a demo.</p></section></div></div>`,
  };
}

function emptyCart(title: string, heading: string): Page {
  return {
    title,
    isPersonal: true,
    content: html`<div class="wide empty">${renderClock(stoppedClock)}<h1 tabindex="-1">${heading}</h1><p class="lead">Choose a clock and add it to the cart.</p>${kindsRow}</div>`,
  };
}

function cartLine({ product, quantity }: Line): ShopHtml {
  const { id, name, brand, priceCents, look } = product;
  return html`<li><a class="shot ${look.tone}" href="/p/${id}" tabindex="-1" aria-hidden="true">${renderClock(look)}</a>
<div class="what"><p class="maker">${brand}</p><p><a class="name" href="/p/${id}">${name}</a></p><p class="quiet">${formatPrice(priceCents)} each</p></div>
<div class="how"><label class="unseen" for="n-${id}">Quantity of ${name}</label>
<input id="n-${id}" type="number" inputmode="numeric" min="1" max="${maxQuantity}" value="${quantity}" required data-quantity-of="${id}">
<button type="button" class="plain link" data-remove="${id}" data-name="${name}" aria-label="Remove ${name}">Remove</button></div>
<p class="price">${formatPrice(priceCents * quantity)}</p></li>`;
}

function sums(lines: readonly Line[]): ShopHtml {
  const total = formatPrice(sumCents(lines));
  return html`<dl class="sums"><div><dt>Clocks</dt><dd>${total}</dd></div><div><dt>Delivery</dt><dd>Free</dd></div><div class="total"><dt>Total</dt><dd>${total}</dd></div></dl>`;
}

export function checkoutPage(lines: readonly Line[]): Page {
  if (lines.length === 0) return emptyCart('Checkout', 'There is nothing to check out');
  return {
    title: 'Checkout',
    isPersonal: true,
    track: { name: 'InitiateCheckout', fields: toCommerce(lines) },
    content: html`<div class="wide"><h1>Checkout</h1><p><a href="/cart">Change the cart</a></p><div class="till">
<form class="fields" method="post" data-order>${formNotice('This is a demo: nothing is paid or delivered. Please use invented details.')}${sampleButton}
<fieldset><legend>Contact</legend>${emailField()}${phoneField({ required: true, note: 'For the carrier. Add the country code outside the US.' })}</fieldset>
<fieldset><legend>Delivery</legend>
${field({ name: 'name', label: 'Full name', autocomplete: 'name', required: true, maxLength: 80, sample: 'Jane Doe' })}
${field({ name: 'address', label: 'Street and number', autocomplete: 'street-address', required: true, maxLength: 120, sample: '12 Example Street' })}
<div class="pair">${field({ name: 'postcode', label: 'Postcode', autocomplete: 'postal-code', required: true, maxLength: 12, sample: '98052' })}
${field({ name: 'city', label: 'Town or city', autocomplete: 'address-level2', required: true, maxLength: 60, sample: 'Redmond' })}</div></fieldset>
<button class="button strong full">Place the order</button></form>
<section class="sum first" aria-labelledby="sum"><h2 id="sum">Your order</h2>${orderLines(lines)}${sums(lines)}</section></div></div>`,
  };
}

function orderLines(lines: readonly Line[]): ShopHtml {
  return html`<ul class="brief">${lines.map(
    ({ product: { name, look, priceCents }, quantity }) =>
      html`<li><span class="shot ${look.tone}">${renderClock(look)}</span><span>${quantity} × ${name}</span><span class="price">${formatPrice(priceCents * quantity)}</span></li>`,
  )}</ul>`;
}

/** Shows an order in the browser that placed it. Other browsers show and track nothing. */
export function thanksPage(order: Order | undefined): Page {
  if (order === undefined) {
    return {
      title: 'Your order',
      isPersonal: true,
      content: html`<div class="wide empty">${renderClock(stoppedClock)}<h1>No order to show</h1>
<p class="lead">This page shows an order right after you place it, in the same browser.</p><p class="row"><a class="button strong" href="/">Back to the shop</a></p></div>`,
    };
  }
  const { orderId, lines } = order;
  return {
    title: 'Thank you',
    isPersonal: true,
    track: { name: 'Purchase', fields: { id: createPurchaseId(orderId), orderId, ...toCommerce(lines) } },
    content: html`<div class="wide narrow"><p class="tick" aria-hidden="true"><svg viewBox="0 0 32 32"><path d="m8 17 5.500 5.500L24 11"/></svg></p>
<h1>Thank you for your order</h1><p class="lead">Your order number is <strong data-order-id>${orderId}</strong>.</p>
<p class="quiet">This is a demo: nothing was paid or will be delivered.</p>
<section class="sum" aria-labelledby="sum"><h2 id="sum">What you ordered</h2>${orderLines(lines)}${sums(lines)}</section>
<p class="row"><a class="button strong" href="/">Back to the shop</a></p></div>`,
  };
}
