import { html } from 'hono/html';
import { countItems, type Line } from './cart.ts';
import { categories } from './catalogue.ts';
import { escapeForScript, type ShopHtml, toScript } from './html.ts';

/** The request's data that every page needs. */
export interface PageRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly cart: readonly Line[];
  /** The cart cookie as received. */
  readonly cartText: string;
}

/** One page of the shop, without header and footer. */
export interface Page {
  readonly status?: 404 | 405;
  readonly title: string;
  readonly content: ShopHtml;
  /** The event that the page reports when it loads. */
  readonly track?: { readonly name: string; readonly fields: object };
  /** Shows the cart or an order: not cached, and rendered again when the cart changes in another tab. */
  readonly isPersonal?: boolean;
}

/** The URLs and the nonce of the document's head. */
export interface Head {
  /** The URL of the pixel's script, with its write key. */
  readonly pixel: string;
  readonly nonce: string;
  readonly style: string;
  readonly script: string;
}

/** A link of a Microsoft Advertising ad, with an invented click id. */
const adLink = '/?msclkid=dd4afcccb1c94a4cad9544dd7e5006ab';

export function renderDocument({ title, content, track, isPersonal }: Page, request: PageRequest, head: Head): ShopHtml {
  const trackAttributes = track && html` data-track="${track.name}" data-fields="${JSON.stringify(track.fields)}"`;
  const cartAttribute = isPersonal === true && html` data-cart="${request.cartText}"`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} | Merrow Clocks</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${head.style}">
${toScript(snippet(head.pixel), head.nonce)}
${toScript(consentScript, head.nonce)}
<script src="${head.script}" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
${consentBanner}
${hint(request)}
${header(request)}
<main id="content" tabindex="-1"${trackAttributes}${cartAttribute}>
${content}
</main>
<p id="announcement" class="unseen" aria-live="polite"></p>
${footer}
</body>
</html>
`;
}

/** Returns the pixel's snippet as a merchant pastes it. */
function snippet(pixel: string): string {
  return `!function(c,o,n){c[n]=c[n]||function(){(c[n].q=c[n].q||[]).push(arguments)};var s=o.createElement('script');s.async=1;s.src='${escapeForScript(pixel)}';o.head.appendChild(s)}(window,document,'convey');`;
}

/** The consent script in the head: the choice reaches the pixel before the page view, and the banner does not flash. */
const consentScript = `
(function (root) {
  var choice = null, hint = null;
  try { choice = localStorage.getItem('merrow.consent'); hint = localStorage.getItem('merrow.hint'); } catch (e) {}
  if (choice === 'granted' || choice === 'denied') convey('consent', { adStorage: choice });
  else root.setAttribute('data-consent-open', '');
  if (hint) root.setAttribute('data-hint-closed', '');
})(document.documentElement);
`;

/** First in the tab order, last on the screen. */
const consentBanner = html`<section class="consent" id="consent" aria-labelledby="consent-title" tabindex="-1">
<div><h2 id="consent-title">Cookies</h2>
<p>May we share what you view and buy here with our ad platforms? The shop works the same either way. <span data-choice></span></p></div>
<div class="choices"><button type="button" class="button" data-consent="granted">Accept</button>
<button type="button" class="button" data-consent="denied">Decline</button></div>
</section>`;

function hint({ query }: PageRequest): ShopHtml {
  const text = query.has('msclkid')
    ? html`You arrived from an ad: its click id, <code>msclkid</code>, is in this page’s address.`
    : html`Try: <a href="${adLink}">arrive from an ad</a>`;
  return html`<aside class="hint" aria-label="Demo"><p>${text}</p>
<button type="button" class="plain" data-close-hint aria-label="Close this hint"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="m4 4 8 8M12 4l-8 8"/></svg></button></aside>`;
}

function header({ path, query, cart }: PageRequest): ShopHtml {
  const markCurrent = (href: string) => (path === href ? html` aria-current="page"` : undefined);
  const count = countItems(cart);
  return html`<header class="top"><div class="wide">
<a class="brand" href="/"${markCurrent('/')}>${logo}<span>Merrow Clocks</span></a>
<form class="find" role="search" action="/search"><label class="unseen" for="find">Search the shop</label>
<input id="find" type="search" name="q" placeholder="Search clocks" autocomplete="off" maxlength="100" value="${(query.get('q') ?? '').slice(0, 100)}">
<button class="plain" aria-label="Search"><svg viewBox="0 0 20 20" aria-hidden="true"><circle cx="9" cy="9" r="5.500"/><path d="m13 13 4.500 4.500"/></svg></button></form>
<nav class="own" aria-label="Yours"><a href="/account"${markCurrent('/account')}>Account</a>
<a href="/cart"${markCurrent('/cart')}>Cart <span class="count" data-count="${count}">${count}</span></a></nav>
<nav class="kinds" aria-label="Shop"><ul>${categories.map(
    ({ slug, name }) => html`<li><a href="/c/${slug}"${markCurrent(`/c/${slug}`)}>${name}</a></li>`,
  )}<li><a href="/consultation"${markCurrent('/consultation')}>Fitting and advice</a></li></ul></nav>
</div></header>`;
}

const footer = html`<footer class="bottom"><div class="wide">
<section aria-labelledby="foot-shop"><h2 id="foot-shop">Shop</h2><ul>${categories.map(
  ({ slug, name }) => html`<li><a href="/c/${slug}">${name}</a></li>`,
)}</ul></section>
<section aria-labelledby="foot-service"><h2 id="foot-service">Service</h2><ul><li><a href="/consultation">Fitting and advice</a></li>
<li><a href="/account">Create an account</a></li><li><button type="button" class="plain link" data-open-consent>Cookie settings</button></li></ul></section>
<section aria-labelledby="foot-demo"><h2 id="foot-demo">Try the demo</h2><ul><li><a href="${adLink}">Arrive from an ad</a></li>
<li><a href="/search?q=wall+clock">Search for a wall clock</a></li></ul></section>
<p class="slim">A demo shop for Convey. Nothing here is for sale.</p>
</div></footer>`;

const logo = html`<svg viewBox="0 0 32 32" aria-hidden="true"><circle cx="16" cy="16" r="13"/><path d="M16 8v8l5 4"/></svg>`;

/** The favicon. */
export const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="15" fill="#1f4a40"/><path d="M16 7v9l6 4.500" fill="none" stroke="#f6efdc" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/></svg>';
