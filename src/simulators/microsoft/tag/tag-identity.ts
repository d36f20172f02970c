/**
 * Of the tag: its three cookies, the click's id, and who is at the page, hashed.
 *
 * Assumptions: how long the visitor's and the session's cookie live (390 days, 1 day); what stands behind the first bar of
 * either; that a click id is kept as it came if it is 32 hexadecimal digits, and is nothing otherwise; that one that consent
 * kept from the cookie is remembered until the page ends; that without cookies of its own the tag sends no visitor and no session;
 * that a frame whose cookies cannot be had is like a browser that refuses them.
 */
export const tagIdentity = String.raw`
// Cookies on the widest domain that the browser allows; a sandboxed frame has none, and throws.
const jar = {
  get text() { try { return document.cookie; } catch { return ''; } },
  set text(pair) { try { document.cookie = pair; } catch {} },
};
function readCookie(name) {
  const pair = jar.text.split(/; */).find((each) => each.startsWith(name + '='));
  return pair === undefined ? '' : pair.slice(name.length + 1);
}
let widest;
function widestDomain() {
  if (widest !== undefined) return widest;
  const labels = location.hostname.split('.');
  for (let from = labels.length - 2; from >= 0; from -= 1) {
    const domain = '; domain=' + labels.slice(from).join('.');
    jar.text = '_uetprobe=1; path=/' + domain;
    if (readCookie('_uetprobe') === '') continue;
    jar.text = '_uetprobe=; path=/; max-age=0' + domain;
    widest = domain;
    return widest;
  }
  widest = '';
  return widest;
}
function writeCookie(name, value, days, flags) {
  const rest = flags ? '; ' + String(flags).replace(/^[;\s]+/, '') : '; SameSite=Lax';
  jar.text = name + '=' + value + '; path=/; max-age=' + days * 86400 + widestDomain() + rest;
  try {
    if (name === '_uetmsclkid') return;
    localStorage.setItem(name, value);
    localStorage.setItem(name + '_exp', new Date(Date.now() + days * 86400000).toUTCString());
  } catch {}
}

// An id in the form of a UUID of version 1 without its dashes: 100 ns since 1582, then chance.
function hex(count) {
  return Array.from(crypto.getRandomValues(new Uint8Array(count)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
function newId() {
  const ticks = BigInt(Date.now()) * 10000n + BigInt(Math.floor(Math.random() * 10000)) + 122192928000000000n;
  const time = ticks.toString(16).padStart(15, '0');
  return time.slice(7) + time.slice(3, 7) + '1' + time.slice(0, 3) + '89ab'[Math.floor(Math.random() * 4)] + hex(2).slice(1) + hex(6);
}
const first32 = (text) => /^[0-9a-f]{32}/.exec(text)?.[0];

/** Who is here, by the click of this view, that of the page before it, and the cookies, which are made and renewed; only ever called where consent and the options allow it. */
function identify(landed, seen, flags) {
  const oldVisitor = first32(readCookie('_uetvid'));
  const vid = oldVisitor ?? newId(), sid = first32(readCookie('_uetsid')) ?? newId();
  const mark = Math.random().toString(36).slice(2, 8);
  writeCookie('_uetvid', oldVisitor === undefined ? vid + '|' + mark + '|' + Date.now() + '|1|1|insights.invalid/p/c/e' : readCookie('_uetvid'), 390, flags);
  if (first32(readCookie('_uetsid')) === undefined) writeCookie('_uetsid', sid + '|' + mark + '|2|fyz|0|1', 1, flags);
  const kept = /^_uet([0-9a-f]{32})$/i.exec(readCookie('_uetmsclkid'))?.[1];
  const click = landed ?? seen ?? kept;
  if (click !== undefined) writeCookie('_uetmsclkid', '_uet' + click, 90, flags);
  const refused = click !== undefined && readCookie('_uetmsclkid') !== '_uet' + click;
  return { sid, vid, vids: oldVisitor === undefined ? '1' : '0', msclkid: clickOnWire(click, landed !== undefined || click !== kept, refused) };
}
const clickOf = (page) => /[?&]msclkid=([0-9a-f]{32})(?:[&#]|$)/i.exec(page)?.[1];
const clickOnWire = (click, isNew, isRefused) => (click === undefined ? 'N' : click + (isNew ? '-1' : '-0') + (isRefused ? 'N' : ''));

// E-mail and phone leave as SHA-256 alone; what is one already is taken as it is.
function hashed(kind, value) {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const text = value.trim().toLowerCase();
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  if (kind === 'ph') return /^\+[1-9]\d{6,14}$/.test(text) ? sha256(text) : undefined;
  const plain = text.normalize('NFD').replace(/[\u0300-\u036f\s]/g, '');
  const at = plain.lastIndexOf('@');
  const user = plain.slice(0, at).replace(/\+.*$/, '').replaceAll('.', '');
  return at > 0 && user !== '' && plain.indexOf('.', at) > at + 1 && !plain.endsWith('.') ? sha256(user + plain.slice(at)) : undefined;
}
function sha256(text) {
  const primes = [];
  for (let n = 2; primes.length < 64; n += 1) if (primes.every((p) => n % p !== 0)) primes.push(n);
  const part = (root) => ((root - Math.floor(root)) * 4294967296) | 0;
  const k = primes.map((p) => part(Math.cbrt(p)));
  let state = primes.slice(0, 8).map((p) => part(Math.sqrt(p)));
  const bytes = [...new TextEncoder().encode(text)];
  const bits = bytes.length * 8;
  bytes.push(0x80);
  while (bytes.length % 64 !== 56) bytes.push(0);
  for (let shift = 56; shift >= 0; shift -= 8) bytes.push(Math.floor(bits / 2 ** shift) & 255);
  const turn = (word, by) => (word >>> by) | (word << (32 - by));
  for (let block = 0; block < bytes.length; block += 64) {
    const w = [];
    for (let i = 0; i < 64; i += 1) {
      if (i < 16) { const o = block + i * 4; w[i] = (bytes[o] << 24) | (bytes[o + 1] << 16) | (bytes[o + 2] << 8) | bytes[o + 3]; continue; }
      const a = w[i - 15], b = w[i - 2];
      w[i] = (w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ (a >>> 3)) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ (b >>> 10))) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 64; i += 1) {
      const one = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + k[i] + w[i]) | 0;
      const two = ((turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
    }
    state = [a, b, c, d, e, f, g, h].map((word, i) => (word + state[i]) | 0);
  }
  return state.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}
`;
