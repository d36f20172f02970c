/**
 * The part of the tag that sends beacons.
 *
 * Assumptions: the names of the parameters beyond `id`, `ev`, `cd[…]` and `eid`; a beacon with a URL over 2,048 characters is sent by
 * POST, with the same parameters as a form; the page's URL and the time are those of the call, also for events that waited for consent.
 *
 * @source https://developers.facebook.com/docs/meta-pixel/implementation/conversion-tracking (2026-09)
 */
export const tagBeacons = `
const inFrame = window !== window.top;
const startedAt = Date.now();
const images = new Set();

function describePage() {
  return { dl: location.href, rl: document.referrer, if: String(inFrame), ts: String(Date.now()), sw: String(screen.width), sh: String(screen.height) };
}

function sendBeacon(parameters) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined && value !== '') query.append(name, value);
  const address = origin + '/tr/?' + query;
  if (address.length > 2048) {
    fetch(origin + '/tr/', { method: 'POST', mode: 'no-cors', keepalive: true, body: query }).catch(() => {});
    return;
  }
  const image = new Image();
  images.add(image);
  image.onload = image.onerror = () => images.delete(image);
  image.src = address;
}

/** Sends one event of one pixel. */
function report({ pixel, name, data, eventId, page, processing }) {
  const sent = { id: pixel.id, ev: name, ...page };
  for (const [key, value] of Object.entries(data)) {
    if (value !== undefined && value !== null) sent['cd[' + key + ']'] = typeof value === 'object' ? JSON.stringify(value) : String(value);
  }
  for (const [key, value] of Object.entries({ ...person, ...pixel.person })) sent['ud[' + key + ']'] = value;
  sendBeacon({ ...sent, v: fbq.version, r: 'stable', a: pixel.agent, ...identify(), it: String(startedAt), eid: eventId, ...processing, rqm: 'GET' });
}
`;
