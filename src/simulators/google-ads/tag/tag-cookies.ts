/**
 * The part of the tag that stores clicks in first-party cookies.
 *
 * Assumptions: the forms of the cookies are those that many sites show; Google documents only their names. They are written at `config`
 * and live 90 days. A click of the page's address replaces a stored one.
 *
 * @source https://business.safety.google/adscookies (2026-11-27) for the names
 */
export const tagCookies = String.raw`
const seconds = () => Math.floor(Date.now() / 1000);
const clickCookies = {
  gclid: { name: '_gcl_aw', write: (id) => 'GCL.' + seconds() + '.' + id, read: (text) => /^GCL\.\d+\.([\w.~-]+)$/.exec(text)?.[1] },
  wbraid: { name: '_gcl_gb', write: (id) => 'GCL.' + seconds() + '.' + id, read: (text) => /^GCL\.\d+\.([\w.~-]+)$/.exec(text)?.[1] },
  gbraid: { name: '_gcl_ag', write: (id) => '2.1.k' + id + '$i' + seconds(), read: (text) => /^2\.1\.k([\w.~-]+)\$i\d+$/.exec(text)?.[1] },
};

function writeClickCookie(name, value) {
  jar.text = name + '=' + value + '; path=/; max-age=' + 90 * 86400 + widestDomain() + '; SameSite=Lax';
}

/** Writes the clicks of the page's address, and the browser's id. */
function storeClicks() {
  const query = new URLSearchParams(location.search);
  for (const [parameter, { name, write }] of Object.entries(clickCookies)) {
    const id = query.get(parameter);
    if (id && /^[\w.~-]+$/.test(id)) writeClickCookie(name, write(id));
  }
  if (readCookie('_gcl_au') === '') writeClickCookie('_gcl_au', '1.1.' + Math.floor(1e8 + Math.random() * 1e9) + '.' + seconds());
}

function readClicks() {
  const clicks = {};
  for (const [parameter, { name, read }] of Object.entries(clickCookies)) {
    const id = read(readCookie(name));
    if (id !== undefined) clicks[parameter] = id;
  }
  return { ...clicks, auid: readCookie('_gcl_au').split('.').slice(2).join('.') };
}
`;
