/**
 * The part of the tag that handles its three cookies, the click id and hashed identifiers.
 *
 * Assumptions: the lifetimes of the visitor cookie and the session cookie (390 days, 1 day); the content behind the first bar of
 * both; a click id of 32 hexadecimal digits is stored unchanged, and any other is ignored; a click id that consent keeps out of the
 * cookie is remembered until the page ends; if its cookies are disabled, the tag sends no visitor and no session; a frame without
 * cookie access behaves like a browser that refuses cookies.
 */
export const tagIdentity = String.raw`
function writeCookie(name, value, days, flags) {
  const rest = flags ? '; ' + String(flags).replace(/^[;\s]+/, '') : '; SameSite=Lax';
  jar.text = name + '=' + value + '; path=/; max-age=' + days * 86400 + widestDomain() + rest;
  try {
    if (name === '_uetmsclkid') return;
    localStorage.setItem(name, value);
    localStorage.setItem(name + '_exp', new Date(Date.now() + days * 86400000).toUTCString());
  } catch {}
}

// Ids have the form of a version 1 UUID without dashes: 100 ns since 1582, then random digits.
function hex(count) {
  return Array.from(crypto.getRandomValues(new Uint8Array(count)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
function newId() {
  const ticks = BigInt(Date.now()) * 10000n + BigInt(Math.floor(Math.random() * 10000)) + 122192928000000000n;
  const time = ticks.toString(16).padStart(15, '0');
  return time.slice(7) + time.slice(3, 7) + '1' + time.slice(0, 3) + '89ab'[Math.floor(Math.random() * 4)] + hex(2).slice(1) + hex(6);
}
const first32 = (text) => /^[0-9a-f]{32}/.exec(text)?.[0];

/** Returns visitor, session and click id, and creates or renews the cookies. Called only if consent and the options allow it. */
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
const getClickId = (page) => /[?&]msclkid=([0-9a-f]{32})(?:[&#]|$)/i.exec(page)?.[1];
const clickOnWire = (click, isNew, isRefused) => (click === undefined ? 'N' : click + (isNew ? '-1' : '-0') + (isRefused ? 'N' : ''));

// E-mail and phone are sent as SHA-256 only. A value that is a hash is sent unchanged.
function hashIdentifier(kind, value) {
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const text = value.trim().toLowerCase();
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  if (kind === 'ph') return /^\+[1-9]\d{6,14}$/.test(text) ? sha256(text) : undefined;
  const plain = text.normalize('NFD').replace(/[\u0300-\u036f\s]/g, '');
  const at = plain.lastIndexOf('@');
  const user = plain.slice(0, at).replace(/\+.*$/, '').replaceAll('.', '');
  return at > 0 && user !== '' && plain.indexOf('.', at) > at + 1 && !plain.endsWith('.') ? sha256(user + plain.slice(at)) : undefined;
}
`;
