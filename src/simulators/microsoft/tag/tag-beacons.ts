/**
 * Of the tag: what one beacon carries, as an image that nobody sees.
 *
 * Assumptions: `pi` is always 0; `spa=Y` marks a view that no document load made; a denied beacon's page address is whole;
 * where consent is enforced `asc` is there without a push; the click is the page's own, whatever address a page names for a view.
 */
export const tagBeacons = `
const inFrame = window !== window.top;
/** In a frame the tag cannot see the page around it, and takes the referrer for it. */
const seenPage = () => (inFrame ? document.referrer : location.href);
/** 8-4-4-4-12 hexadecimal digits of chance, and no UUID of version 4. */
function newPageId() {
  const text = hex(16);
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-');
}
function loadTime() {
  const [load] = performance.getEntriesByType('navigation');
  return String(Math.round(load?.loadEventEnd || performance.now()));
}

const longest = 4096;
const images = new Set();
function beam(parameters) {
  const query = new Map(Object.entries(parameters).filter(([, value]) => value !== undefined));
  const address = () => home + '/action/0?' + [...query].map(([name, value]) => name + '=' + encodeURIComponent(value)).join('&');
  for (const name of ['kw', 'p', 'tl']) if (address().length > longest) query.delete(name);
  const image = new Image();
  images.add(image);
  image.onload = image.onerror = () => images.delete(image);
  image.src = address();
}

/** One beacon of the view, with what consent allows at the moment that it leaves. */
function report(tag, view, own, person) {
  if (readCookie('_uetmsdns') === '1') return;
  const { consent } = tag.uetConfig;
  const allowed = consent.adStorageAllowed;
  const who = !allowed ? {} : tag.keeps ? identify(view.click, tag.click, tag.flags) : { msclkid: clickOnWire(view.click ?? tag.click, true, true) };
  const pid = allowed && Object.keys(person).length > 0 ? JSON.stringify(person) : undefined;
  tag.sent += 1;
  beam({
    ti: tag.ti, Ver: '2', mid: view.mid, bo: String(tag.sent), ...who, uid: (allowed && tag.keeps && readCookie('_uetuid')) || undefined,
    pi: '0', lg: navigator.language, sw: String(screen.width), sh: String(screen.height), sc: String(screen.colorDepth), tl: view.tl,
    kw: document.querySelector('meta[name=keywords i]')?.content || undefined, p: view.p, r: view.r, lt: loadTime(),
    ifm: inFrame ? '1' : undefined, spa: view.spa, pid, ...own, sv: '2',
    asc: consent.enabled || consent.enforced ? (allowed ? 'G' : 'D') : undefined, rn: String(Math.floor(Math.random() * 1000000)),
  });
}
`;
