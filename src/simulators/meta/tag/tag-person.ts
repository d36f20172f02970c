/**
 * The part of the tag that normalises and hashes advanced matching data. Nothing of it leaves the page unhashed.
 *
 * Assumptions: `external_id` is lower-cased and loses its spaces before hashing, as Meta's own library does; the first value of a list
 * is used; a value that is a SHA-256 is sent in lower case.
 *
 * @source https://developers.facebook.com/docs/meta-pixel/advanced/advanced-matching and
 * /docs/marketing-api/conversions-api/parameters/customer-information-parameters (2026-01-09)
 */
export const tagPerson = String.raw`
const isFields = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const onlyLetters = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
const normalForms = {
  em: (text) => (/^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(text.toLowerCase()) ? text.toLowerCase() : ''),
  ph: (text) => text.replace(/\D/g, '').replace(/^0+/, ''),
  fn: onlyLetters,
  ln: onlyLetters,
  ge: (text) => /^[fm]/i.exec(text)?.[0].toLowerCase() ?? '',
  db: (text) => /^\d{8}$/.exec(text.replace(/\D/g, ''))?.[0] ?? '',
  ct: onlyLetters,
  st: onlyLetters,
  zp: (text) => (/^\d{5}-?\d{4}$/.test(text) ? text.slice(0, 5) : text.toLowerCase().replace(/[\s-]/g, '')),
  country: (text) => /^[a-z]{2}$/.exec(text.toLowerCase())?.[0] ?? '',
  external_id: (text) => text.toLowerCase().replace(/\s/g, ''),
};

function hashPerson(data) {
  const hashed = {};
  if (!isFields(data)) return hashed;
  for (const [key, normalise] of Object.entries(normalForms)) {
    const given = [data[key]].flat()[0];
    const text = typeof given === 'string' || typeof given === 'number' ? String(given).trim() : '';
    const isHash = /^[0-9a-f]{64}$/i.test(text);
    const normal = isHash ? text.toLowerCase() : normalise(text);
    if (normal !== '') hashed[key] = isHash ? normal : sha256(normal);
  }
  return hashed;
}
`;
