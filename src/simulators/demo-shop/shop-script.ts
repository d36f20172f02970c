/**
 * What the shop does in the browser: the cart's cookie, the forms, the cookie banner, and the calls of `convey` that a merchant
 * would write. Facts come from the page, which the server wrote; raw e-mail and phone go to the pixel alone.
 */
export const script = `'use strict';
(() => {
const root = document.documentElement;
const find = (selector, within = document) => within.querySelector(selector);
const main = () => find('main');

// The browser's own storage may be switched off; the shop then forgets, and works.
function recall(store, key) { try { return window[store].getItem('merrow.' + key); } catch { return null; } }
function keep(store, key, value) {
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
function newCode(length) {
  const signs = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  return [...crypto.getRandomValues(new Uint8Array(length))].map((byte) => signs[byte % 32]).join('');
}

// The cart: product.quantity~product.quantity
const weekSeconds = 604800;
const mostOfOne = 10;
function cart() {
  return new Map(cookie('merrow_cart').split('~').filter(Boolean).map((part) => part.split('.')).map(([id, count]) => [id, Number(count)]));
}
function keepCart(lines) {
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
async function drawAgain(focus) {
  const answer = await fetch(location.href, { cache: 'no-store' });
  const next = find('main', new DOMParser().parseFromString(await answer.text(), 'text/html'));
  main().replaceWith(document.adoptNode(next));
  if (focus) (document.getElementById(focus) ?? find('h1')).focus();
}
function say(text) { find('#news').textContent = text; }

function addToCart(form) {
  const item = JSON.parse(form.dataset.add);
  const quantity = form.elements.quantity.valueAsNumber;
  const lines = cart();
  const total = (lines.get(item.id) ?? 0) + quantity;
  const added = find('[data-added]');
  if (total > mostOfOne) {
    added.textContent = 'The cart holds at most ' + mostOfOne + ' of one clock. Choose fewer. ';
    return;
  }
  keepCart(lines.set(item.id, total));
  added.textContent = quantity === 1 ? 'Added to your cart. ' : quantity + ' added to your cart. ';
  const link = document.createElement('a');
  link.href = '/cart';
  link.textContent = 'View the cart';
  added.append(link);
  const value = Math.round(item.price * quantity * 100) / 100;
  window.convey('track', 'AddToCart', { value, currency: 'USD', items: [{ ...item, quantity }] });
}

function personOf(form) {
  const { email, phone } = form.elements;
  const number = phone?.value.trim();
  return { email: email.value.trim(), ...(number && { phone: number }) };
}

function placeOrder(form) {
  const bought = cookie('merrow_cart');
  if (bought === '') return location.assign('/cart');
  const orderId = 'M-' + Date.now().toString(36).toUpperCase() + newCode(3);
  const person = personOf(form);
  setCookie('merrow_order', orderId + '*' + bought, '');
  // What the pixel knows of a shopper ends with the page, and the purchase is told on the next one. Only who agreed is handed on.
  if (recall('localStorage', 'consent') === 'granted') keep('sessionStorage', 'person', JSON.stringify(person));
  keepCart(new Map());
  window.convey('identify', person);
  location.assign('/thanks?order=' + orderId);
}

// Once per order, reloads included: the note is made when the pixel is there and has heard it.
function tellPurchase(facts) {
  if (recall('localStorage', 'told') === facts.orderId) return;
  const person = recall('sessionStorage', 'person');
  if (person !== null) window.convey('identify', JSON.parse(person));
  window.convey('track', 'Purchase', facts);
  window.convey('ready', () => {
    keep('localStorage', 'told', facts.orderId);
    keep('sessionStorage', 'person', null);
  });
}

function sendForm(form) {
  const person = personOf(form);
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
let said = recall('localStorage', 'consent');
let opener = null;
function sayConsent() {
  const choice = recall('localStorage', 'consent');
  if (choice === null || choice === said) return;
  said = choice;
  root.removeAttribute('data-consent-open');
  window.convey('consent', { adStorage: choice });
}
function choose(choice) {
  keep('localStorage', 'consent', choice);
  root.removeAttribute('data-consent-open');
  // Said even where the storage is off: the choice then holds for this page.
  said = choice;
  window.convey('consent', { adStorage: choice });
  opener?.focus();
  opener = null;
}
function openConsent(link) {
  opener = link;
  const now = { granted: 'Your choice now: accepted.', denied: 'Your choice now: declined.' }[said];
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
    keep('localStorage', 'hint', 'closed');
    root.setAttribute('data-hint-closed', '');
    main().focus({ preventScroll: true });
  }
  if (remove) {
    const lines = cart();
    lines.delete(remove);
    keepCart(lines);
    drawAgain('content').then(() => say('Removed: ' + name), () => location.reload());
  }
  if (fill !== undefined) for (const input of button.form.querySelectorAll('[data-sample]')) { input.value = input.dataset.sample; input.setCustomValidity(''); }
});

document.addEventListener('keydown', (key) => {
  if (key.key !== 'Escape' || !said || !root.hasAttribute('data-consent-open')) return;
  root.removeAttribute('data-consent-open');
  opener?.focus();
});

document.addEventListener('change', (change) => {
  const input = change.target;
  const id = input.dataset?.quantityOf;
  if (id === undefined || !input.reportValidity()) return;
  keepCart(cart().set(id, input.valueAsNumber));
  drawAgain(input.id).then(() => say('The cart is up to date.'), () => location.reload());
});

document.addEventListener('submit', (submit) => {
  const form = submit.target;
  if (form.getAttribute('role') === 'search') return;
  submit.preventDefault();
  if ('add' in form.dataset) addToCart(form);
  if ('order' in form.dataset) placeOrder(form);
  if ('form' in form.dataset) sendForm(form);
});

// A message of the shop's own where the browser's would only say that a format is wrong.
document.addEventListener('invalid', ({ target }) => {
  if (target.validity.patternMismatch) target.setCustomValidity(target.dataset.rule ?? '');
}, true);
document.addEventListener('input', ({ target }) => target.setCustomValidity?.(''));

// A page that comes back with the back button, or another tab of the shop, shows what holds now.
addEventListener('pageshow', ({ persisted }) => {
  showCount();
  sayConsent();
  const { cart: drawn } = main().dataset;
  if (persisted && drawn !== undefined && drawn !== cookie('merrow_cart')) drawAgain().catch(() => location.reload());
});
addEventListener('storage', sayConsent);

const { track, facts } = main().dataset;
if (track === 'Purchase') tellPurchase(JSON.parse(facts));
else {
  keep('sessionStorage', 'person', null);
  if (track) window.convey('track', track, JSON.parse(facts));
}
})();
`;
