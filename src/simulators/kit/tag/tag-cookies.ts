/** Returns the part of a browser tag that reads cookies and finds the widest domain for its own. `probe` is the name of a test cookie. */
export const createTagCookies = (probe: string): string => `
const probe = '${probe}';
// Cookies are set on the widest domain that the browser allows. A sandboxed frame throws on cookie access.
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
    jar.text = probe + '=1; path=/' + domain;
    if (readCookie(probe) === '') continue;
    jar.text = probe + '=; path=/; max-age=0' + domain;
    widest = domain;
    return widest;
  }
  widest = '';
  return widest;
}
`;
