import { html } from 'hono/html';
import { maxQuantity, toCommerce } from './cart.ts';
import { type Category, categories, formatPrice, getCategory, listProducts, searchProducts } from './catalogue.ts';
import { embedClock, renderClock } from './clock-svg.ts';
import type { ShopHtml } from './html.ts';
import type { Page } from './page-layout.ts';
import { type Product, products } from './products.ts';

/** Home, category, product and search pages. */

export function homePage(): Page {
  const shown = ['arden-mantel', 'early-bell', 'quarry-octagon', 'noon-sunburst'];
  return {
    title: 'A clock for every room',
    content: html`<section class="hero"><div class="wide"><div><h1>A clock for every room</h1>
<p>Wall, mantel, alarm and longcase clocks from four small makers. Delivery is free, and we set up the tall ones in your home.</p>
<p class="row"><a class="button strong" href="/c/wall">See wall clocks</a><a class="button" href="/consultation">Request a fitting</a></p></div>
${scene}</div></section>
<section class="wide" aria-labelledby="kinds"><h2 id="kinds">Categories</h2><ul class="kinds-grid">${categories.map(categoryTile)}</ul></section>
<section class="wide" aria-labelledby="liked"><h2 id="liked">Often chosen</h2>${grid(products.filter(({ id }) => shown.includes(id)))}</section>
<section class="wide"><ul class="promises"><li><strong>Free delivery</strong>On every order, in five working days.</li>
<li><strong>Two-year guarantee</strong>On the case and on the movement.</li><li><strong>Set up at home</strong>For every longcase clock.</li></ul></section>`,
  };
}

/** A room with six of the clocks. The stylesheet sets its colours. */
const scene = html`<svg class="scene" viewBox="0 0 600 420" aria-hidden="true" focusable="false"><rect class="wall" width="600" height="420" rx="18"/>
<path class="floor" d="M0 372h600v30a18 18 0 0 1-18 18H18a18 18 0 0 1-18-18z"/><path class="skirting" d="M0 360h600v12H0z"/>
${places([
  ['harbour-wall', 44, 34, 168],
  ['noon-sunburst', 246, 20, 130],
  ['ferrier-longcase', 300, 32, 372],
  ['arden-mantel', 50, 205, 116],
  ['tarn-carriage', 166, 217, 102],
  ['early-bell', 268, 224, 94],
])}<path class="shelf" d="M34 309h346v11H34zM62 320h14v22zM352 320h-14v22z"/></svg>`;

function places(spots: readonly (readonly [id: string, x: number, y: number, size: number])[]): ShopHtml {
  return html`${spots.flatMap(([id, x, y, size]) => {
    const product = products.find((each) => each.id === id);
    return product === undefined ? [] : [embedClock(product.look, x, y, size)];
  })}`;
}

function categoryTile(category: Category): ShopHtml {
  const [first] = listProducts(category);
  return html`<li><a href="/c/${category.slug}">${first && html`<span class="shot ${first.look.tone}">${renderClock(first.look)}</span>`}<strong>${category.name}</strong><span class="quiet">${category.summary}</span></a></li>`;
}

export function categoryPage(category: Category): Page {
  const shown = listProducts(category);
  return {
    title: category.name,
    content: html`<div class="wide">${trail()}<h1>${category.name}</h1><p class="lead">${category.summary}</p>
<p class="quiet">${countClocks(shown.length)}</p>${grid(shown)}</div>`,
  };
}

export function productPage(product: Product): Page {
  const { id, name, brand, sku, priceCents, description, size, movement, look } = product;
  const category = getCategory(product.category);
  const fields = toCommerce([{ product, quantity: 1 }]);
  const others = products.filter((each) => each.category === product.category && each.id !== id);
  return {
    title: name,
    track: { name: 'ViewContent', fields },
    content: html`<div class="wide">${trail(category)}<article class="product">
<div class="shot large ${look.tone}">${renderClock(look, `Drawing of the clock: ${name}`)}</div>
<div><p class="maker">${brand}</p><h1>${name}</h1><p class="price">${formatPrice(priceCents)}</p><p>${description}</p>
<form class="add" method="post" data-add="${JSON.stringify(fields.items[0])}">
<div class="field"><label for="quantity">Quantity</label><input id="quantity" name="quantity" type="number" inputmode="numeric" min="1" max="${maxQuantity}" value="1" required></div>
<button class="button strong">Add to cart</button></form>
<p class="added" role="status" data-added></p>
<noscript><p class="note">Buying needs JavaScript. You can look around without it.</p></noscript>
<dl class="specs"><div><dt>Size</dt><dd>${size}</dd></div><div><dt>Movement</dt><dd>${movement}</dd></div><div><dt>Maker</dt><dd>${brand}</dd></div><div><dt>SKU</dt><dd>${sku}</dd></div><div><dt>Delivery</dt><dd>Free, in five working days</dd></div></dl>
</div></article>
${others.length > 0 && html`<section aria-labelledby="others"><h2 id="others">More ${category?.name.toLowerCase() ?? 'clocks'}</h2>${grid(others)}</section>`}</div>`,
  };
}

const maxTermLength = 100;

export function searchPage(query: string): Page {
  const term = query.trim().slice(0, maxTermLength);
  if (term === '') {
    return {
      title: 'Search',
      content: html`<div class="wide"><h1>Search</h1><p class="lead">Enter a category, a maker or a material in the search field, such as “oak” or “alarm”.</p>${kindsRow}</div>`,
    };
  }
  const found = searchProducts(term);
  return {
    title: `Search: ${term}`,
    track: { name: 'Search', fields: { searchTerm: term } },
    content: html`<div class="wide"><h1>Results for “<bdi>${term}</bdi>”</h1>
${
  found.length > 0
    ? html`<p class="quiet">${countClocks(found.length)}</p>${grid(found)}`
    : html`<p class="lead">No clock matches. Use fewer words, or choose a category.</p>${kindsRow}
<section aria-labelledby="instead"><h2 id="instead">Often chosen</h2>${grid(products.slice(4, 8))}</section>`
}</div>`,
  };
}

export function notFoundPage(): Page {
  return {
    status: 404,
    title: 'Page not found',
    content: html`<div class="wide empty">${renderClock(stoppedClock)}<h1>Page not found</h1>
<p class="lead">The URL is wrong, or the clock is no longer in the shop.</p><p class="row"><a class="button strong" href="/">Back to the shop</a></p></div>`,
  };
}

/** Returns the page for methods other than GET and HEAD: a form was submitted without JavaScript. */
export function notAllowedPage(): Page {
  return {
    status: 405,
    title: 'JavaScript required',
    content: html`<div class="wide empty"><h1>That did not work</h1>
<p class="lead">The forms of this shop need JavaScript. Enable it and try again.</p><p class="row"><a class="button strong" href="/">Back to the shop</a></p></div>`,
  };
}

/** A stopped clock, for empty pages. */
export const stoppedClock = {
  body: 'round',
  numerals: 'batons',
  hands: 'baton',
  case: '#8f958f',
  face: '#f1f0ea',
  ink: '#5b605c',
  accent: '#8f958f',
  time: [12, 0],
  tone: 'sand',
} as const;

export const kindsRow = html`<ul class="row chips">${categories.map(({ slug, name }) => html`<li><a class="button" href="/c/${slug}">${name}</a></li>`)}</ul>`;

const countClocks = (count: number): string => (count === 1 ? '1 clock' : `${count} clocks`);

function trail(category?: Category): ShopHtml {
  return html`<nav class="trail" aria-label="Breadcrumb"><ol><li><a href="/">Home</a></li>${category && html`<li><a href="/c/${category.slug}">${category.name}</a></li>`}</ol></nav>`;
}

function grid(shown: readonly Product[]): ShopHtml {
  return html`<ul class="grid">${shown.map(
    ({
      id,
      name,
      brand,
      priceCents,
      look,
    }) => html`<li><a class="card" href="/p/${id}"><span class="shot ${look.tone}">${renderClock(look)}</span>
<span class="maker">${brand}</span> <span class="name">${name}</span> <span class="price">${formatPrice(priceCents)}</span></a></li>`,
  )}</ul>`;
}
