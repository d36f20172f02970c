/**
 * The shop's browser script: the cart cookie, the forms, the cookie banner, and the `convey` calls of a typical merchant. Event fields
 * come from the page; raw e-mail and phone are passed only to the pixel.
 */
export const shopScript = `'use strict';
(() => {
const root = document.documentElement;
const find = (selector, within = document) => within.querySelector(selector);
const main = () => find('main');

// Storage may be disabled. The shop works without it.
function readStorage(store, key) { try { return window[store].getItem('merrow.' + key); } catch { return null; } }
function writeStorage(store, key, value) {
  try {
    if (value === null) window[store].removeItem('merrow.' + key);
    else window[store].setItem('merrow.' + key, value);
  } catch {}
}
function cookie(name) {
  const pair = document.cookie.split('; ').find((each) => each.startsWith(name + '='));
  return pair === undefined ? '' : pair.slice(name.length + 1);
}
function setCookie(name, value, rest) { document.cookie = name + '=' + value + '; path=/; samesite=lax' + rest; }
// Numbered as in WooCommerce, from digits that no other order of the shop has.
function newOrderNumber() { return String(Math.floor(Date.now() / 1000) - 1700000000) + String(crypto.getRandomValues(new Uint16Array(1))[0] % 900 + 100); }
function newCode(length) {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  return [...crypto.getRandomValues(new Uint8Array(length))].map((byte) => alphabet[byte % 32]).join('');
}

// The cart: product.quantity~product.quantity
const weekSeconds = 604800;
const maxQuantity = 10;
function cart() {
  return new Map(cookie('merrow_cart').split('~').filter(Boolean).map((part) => part.split('.')).map(([id, count]) => [id, Number(count)]));
}
function saveCart(lines) {
  const text = [...lines].map(([id, count]) => id + '.' + count).join('~');
  setCookie('merrow_cart', text, '; max-age=' + (text === '' ? 0 : weekSeconds));
  showCount();
}
function showCount() {
  const count = [...cart().values()].reduce((sum, each) => sum + each, 0) || 0;
  const badge = find('[data-count]');
  badge.textContent = count;
  badge.dataset.count = count;
}
async function renderAgain(focus) {
  const answer = await fetch(location.href, { cache: 'no-store' });
  const next = find('main', new DOMParser().parseFromString(await answer.text(), 'text/html'));
  main().replaceWith(document.adoptNode(next));
  if (focus) (document.getElementById(focus) ?? find('h1')).focus();
}
function announce(text) { find('#announcement').textContent = text; }

function addToCart(form) {
  const item = JSON.parse(form.dataset.add);
  const quantity = form.elements.quantity.valueAsNumber;
  const lines = cart();
  const total = (lines.get(item.id) ?? 0) + quantity;
  const added = find('[data-added]');
  if (total > maxQuantity) {
    added.textContent = 'The cart holds at most ' + maxQuantity + ' of one clock. Choose fewer. ';
    return;
  }
  saveCart(lines.set(item.id, total));
  added.textContent = quantity === 1 ? 'Added to your cart. ' : quantity + ' added to your cart. ';
  const link = document.createElement('a');
  link.href = '/cart';
  link.textContent = 'View the cart';
  added.append(link);
  const value = Math.round(item.price * quantity * 100) / 100;
  window.convey('track', 'AddToCart', { value, currency: 'USD', items: [{ ...item, quantity }] });
}

function getPerson(form) {
  const { email, phone } = form.elements;
  const number = phone?.value.trim();
  return { email: email.value.trim(), ...(number && { phone: number }) };
}

async function placeOrder(form) {
  const cartText = cookie('merrow_cart');
  if (cartText === '') return location.assign('/cart');
  const orderId = newOrderNumber();
  const order = orderId + '*' + cartText;
  const person = getPerson(form);
  setCookie('merrow_order', order, '');
  // The pixel forgets the person when the page ends, and the next page reports the purchase. If the shopper consents, the person is passed on.
  if (readStorage('localStorage', 'consent') === 'granted') writeStorage('sessionStorage', 'person', JSON.stringify(person));
  saveCart(new Map());
  window.convey('identify', person);
  find('button.strong', form).disabled = true;
  // The shop's server reports the order by webhook, whatever happens to the page.
  const details = { ...Object.fromEntries(new FormData(form)), order, consent: currentChoice };
  const headers = { 'content-type': 'application/json' };
  await fetch('/orders', { method: 'POST', headers, body: JSON.stringify(details), keepalive: true }).catch(() => {});
  location.assign('/thanks?order=' + orderId);
}

// Reports an order once, also after reloads: the order is marked as reported when the pixel is ready.
function reportPurchase(fields) {
  if (readStorage('localStorage', 'reported') === fields.orderId) return;
  const person = readStorage('sessionStorage', 'person');
  if (person !== null) window.convey('identify', JSON.parse(person));
  window.convey('track', 'Purchase', fields);
  window.convey('ready', () => {
    writeStorage('localStorage', 'reported', fields.orderId);
    writeStorage('sessionStorage', 'person', null);
  });
}

function sendForm(form) {
  const person = getPerson(form);
  if (form.dataset.form === 'SignUp') person.externalId = 'C-' + newCode(6);
  window.convey('identify', person);
  window.convey('track', form.dataset.form, {});
  const done = find('[data-done]');
  done.append(find('[data-confirmation]').content.cloneNode(true));
  const number = find('[data-customer]', done);
  if (number !== null) number.textContent = person.externalId;
  form.remove();
  done.focus();
}

// Consent
let currentChoice = readStorage('localStorage', 'consent');
let opener = null;
function updateConsent() {
  const choice = readStorage('localStorage', 'consent');
  if (choice === null || choice === currentChoice) return;
  currentChoice = choice;
  root.removeAttribute('data-consent-open');
  window.convey('consent', { adStorage: choice });
}
function choose(choice) {
  writeStorage('localStorage', 'consent', choice);
  root.removeAttribute('data-consent-open');
  // Without storage the choice applies to this page.
  currentChoice = choice;
  window.convey('consent', { adStorage: choice });
  opener?.focus();
  opener = null;
}
function openConsent(link) {
  opener = link;
  const now = { granted: 'Your choice now: accepted.', denied: 'Your choice now: declined.' }[currentChoice];
  find('[data-choice]').textContent = now ?? '';
  root.setAttribute('data-consent-open', '');
  find('#consent').focus();
}

document.addEventListener('click', (click) => {
  const button = click.target.closest('button');
  if (button === null) return;
  const { consent, openConsent: opens, closeHint, remove, name, fill } = button.dataset;
  if (consent) choose(consent);
  if (opens !== undefined) openConsent(button);
  if (closeHint !== undefined) {
    writeStorage('localStorage', 'hint', 'closed');
    root.setAttribute('data-hint-closed', '');
    main().focus({ preventScroll: true });
  }
  if (remove) {
    const lines = cart();
    lines.delete(remove);
    saveCart(lines);
    renderAgain('content').then(() => announce('Removed: ' + name), () => location.reload());
  }
  if (fill !== undefined) for (const input of button.form.querySelectorAll('[data-sample]')) { input.value = input.dataset.sample; input.setCustomValidity(''); }
});

document.addEventListener('keydown', (key) => {
  if (key.key !== 'Escape' || !currentChoice || !root.hasAttribute('data-consent-open')) return;
  root.removeAttribute('data-consent-open');
  opener?.focus();
});

document.addEventListener('change', (change) => {
  const input = change.target;
  const id = input.dataset?.quantityOf;
  if (id === undefined || !input.reportValidity()) return;
  saveCart(cart().set(id, input.valueAsNumber));
  renderAgain(input.id).then(() => announce('The cart is up to date.'), () => location.reload());
});

document.addEventListener('submit', (submit) => {
  const form = submit.target;
  if (form.getAttribute('role') === 'search') return;
  submit.preventDefault();
  if ('add' in form.dataset) addToCart(form);
  if ('order' in form.dataset) placeOrder(form);
  if ('form' in form.dataset) sendForm(form);
});

// Replaces the browser's message, which does not describe the format.
document.addEventListener('invalid', ({ target }) => {
  if (target.validity.patternMismatch) target.setCustomValidity(target.dataset.rule ?? '');
}, true);
document.addEventListener('input', ({ target }) => target.setCustomValidity?.(''));

// Updates a page that is restored by the back button, and other tabs of the shop.
addEventListener('pageshow', ({ persisted }) => {
  showCount();
  updateConsent();
  const { cart: renderedCart } = main().dataset;
  if (persisted && renderedCart !== undefined && renderedCart !== cookie('merrow_cart')) renderAgain().catch(() => location.reload());
});
addEventListener('storage', updateConsent);

const { track, fields } = main().dataset;
if (track === 'Purchase') reportPurchase(JSON.parse(fields));
else {
  writeStorage('sessionStorage', 'person', null);
  if (track) window.convey('track', track, JSON.parse(fields));
}
})();
`;
