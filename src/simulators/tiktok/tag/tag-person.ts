/**
 * The part of the tag that identifies: it writes its two cookies, and normalises and hashes advanced matching data. Nothing of it leaves the
 * page unhashed.
 *
 * Assumptions: the form of `_ttp`; `ttclid` is kept for 30 days; the external id keeps its case; a value that is a SHA-256 is sent in lower
 * case.
 *
 * @source https://business-api.tiktok.com/portal/docs?id=1771101151059969 and ?id=1771100879787009 (2026-08-10)
 */
export const tagPerson = String.raw`
const isFields = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const normalForms = {
  email: ['email', (text) => text.toLowerCase()],
  phone_number: ['phone', (text) => (/^\+/.test(text) ? '+' + text.replace(/\D/g, '') : '')],
  external_id: ['external_id', (text) => text],
};

function hashPerson(data) {
  const hashed = {};
  if (!isFields(data)) return hashed;
  for (const [key, [field, normalise]] of Object.entries(normalForms)) {
    const text = typeof data[key] === 'string' || typeof data[key] === 'number' ? String(data[key]).trim() : '';
    const isHash = /^[0-9a-f]{64}$/i.test(text);
    const normal = isHash ? text.toLowerCase() : normalise(text);
    if (normal !== '') hashed[field] = isHash ? normal : sha256(normal);
  }
  return hashed;
}

function writeTagCookie(name, value, days) {
  jar.text = name + '=' + value + '; path=/; max-age=' + days * 86400 + widestDomain() + '; SameSite=Lax';
}

function newTtp() {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  return '2' + [...crypto.getRandomValues(new Uint8Array(26))].map((byte) => letters[byte % letters.length]).join('');
}

/** Writes the cookies and returns their values. */
function identifyBrowser() {
  const ttp = readCookie('_ttp') || newTtp();
  writeTagCookie('_ttp', ttp, 396);
  const landed = new URLSearchParams(location.search).get('ttclid');
  if (landed) writeTagCookie('ttclid', encodeURIComponent(landed), 30);
  const ttclid = landed || decodeURIComponent(readCookie('ttclid')) || undefined;
  return { ttp, ttclid };
}
`;
