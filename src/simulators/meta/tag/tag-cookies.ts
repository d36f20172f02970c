/**
 * The part of the tag that handles its two cookies. A cookie is `fb.<index>.<milliseconds>.<payload>`; the index is the number of labels
 * of the cookie's domain less one.
 *
 * Assumptions: the tag writes its cookies at `init` and at each event; `_fbp` is renewed for 90 days each time; a host without a domain
 * of its own counts all of its labels.
 *
 * @source https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/fbp-and-fbc (2026-09)
 */
export const tagCookies = String.raw`
const readFbCookie = (name) => (/^fb\.\d\.\d{1,15}\.[^.\s]+(\.[A-Za-z0-9_-]{2,8})?$/.test(readCookie(name)) ? readCookie(name) : undefined);

function writeFbCookie(name, value) {
  jar.text = name + '=' + value + '; path=/; max-age=' + 90 * 86400 + widestDomain() + '; SameSite=Lax';
}

function newFbCookie(payload) {
  const domain = widestDomain().slice('; domain='.length) || location.hostname;
  return ['fb', Math.min(9, domain.split('.').length - 1), Date.now(), payload].join('.');
}

/** Writes the cookies and returns their values. A click of the page's URL replaces one of another URL, never the same one. */
function identify() {
  const fbp = readFbCookie('_fbp') ?? newFbCookie(Math.floor(1e9 + Math.random() * 9e9));
  writeFbCookie('_fbp', fbp);
  const landed = new URLSearchParams(location.search).get('fbclid');
  let fbc = readFbCookie('_fbc');
  if (landed && fbc?.split('.')[3] !== landed) {
    fbc = newFbCookie(landed);
    writeFbCookie('_fbc', fbc);
  }
  return { fbp, fbc };
}
`;
