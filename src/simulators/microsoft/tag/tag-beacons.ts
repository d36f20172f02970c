/**
 * The part of the tag that sends beacons, as invisible images.
 *
 * Assumptions: `pi` is always 0; `spa=Y` marks a view without a document load; a denied beacon has the complete page URL;
 * if consent is enforced, `asc` is present without a push; the click id comes from the page's own URL, not from `page_path`.
 */
export const tagBeacons = `
const inFrame = window !== window.top;
/** In a frame the tag cannot read the URL of the top page and uses the referrer. */
const getPageUrl = () => (inFrame ? document.referrer : location.href);
/** Returns 8-4-4-4-12 random hexadecimal digits, not a version 4 UUID. */
function newPageId() {
  const text = hex(16);
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-');
}
function loadTime() {
  const [load] = performance.getEntriesByType('navigation');
  return String(Math.round(load?.loadEventEnd || performance.now()));
}

const maxUrlLength = 4096;
const images = new Set();
function sendBeacon(parameters) {
  const query = new Map(Object.entries(parameters).filter(([, value]) => value !== undefined));
  const address = () => origin + '/action/0?' + [...query].map(([name, value]) => name + '=' + encodeURIComponent(value)).join('&');
  for (const name of ['kw', 'p', 'tl']) if (address().length > maxUrlLength) query.delete(name);
  const image = new Image();
  images.add(image);
  image.onload = image.onerror = () => images.delete(image);
  image.src = address();
}

/** Sends one beacon of the view with the identifiers that consent allows at that moment. */
function report(tag, view, own, person) {
  if (readCookie('_uetmsdns') === '1') return;
  const { consent } = tag.uetConfig;
  const allowed = consent.adStorageAllowed;
  const visitor = !allowed ? {} : tag.usesCookies ? identify(view.click, tag.click, tag.flags) : { msclkid: clickOnWire(view.click ?? tag.click, true, true) };
  const pid = allowed && Object.keys(person).length > 0 ? JSON.stringify(person) : undefined;
  tag.sent += 1;
  sendBeacon({
    ti: tag.ti, Ver: '2', mid: view.mid, bo: String(tag.sent), ...visitor, uid: (allowed && tag.usesCookies && readCookie('_uetuid')) || undefined,
    pi: '0', lg: navigator.language, sw: String(screen.width), sh: String(screen.height), sc: String(screen.colorDepth), tl: view.tl,
    kw: document.querySelector('meta[name=keywords i]')?.content || undefined, p: view.p, r: view.r, lt: loadTime(),
    ifm: inFrame ? '1' : undefined, spa: view.spa, pid, ...own, sv: '2',
    asc: consent.enabled || consent.enforced ? (allowed ? 'G' : 'D') : undefined, rn: String(Math.floor(Math.random() * 1000000)),
  });
}
`;
