/**
 * The part of the tag that executes the calls of `ttq`.
 *
 * Assumptions: `ttq.track` reports to every pixel, `ttq.instance(code)` to one; events are held while consent is held or revoked, and sent
 * after a grant; a revocation forgets the held ones; `ttq.page` has no event id.
 *
 * @source https://business-api.tiktok.com/portal/docs?id=1771100965992450 and ?id=1771101204435970 (2026-08-10)
 */
export const tagCalls = `
const pixels = new Map();
const person = {};
let state = 'granted', held = [];
const warn = (text) => console.warn('TikTok simulator tag: ' + text);

function send(event) {
  const body = JSON.stringify({ ...event, user: { ...person, ...event.person, ...identifyBrowser() }, person: undefined });
  fetch(origin + '/api/v2/pixel', { method: 'POST', mode: 'no-cors', keepalive: true, body }).catch(() => {});
}

function report(targets, name, data, options) {
  if (typeof name !== 'string' || name === '') return warn('the event has no name.');
  if (state === 'denied') return;
  for (const pixel of targets) {
    // The event id is in the third argument only.
    const id = isFields(options) ? options.event_id : undefined;
    const event = {
      pixel_code: pixel.code,
      event: name,
      event_id: id === undefined || id === null ? undefined : String(id),
      timestamp: Date.now(),
      properties: isFields(data) && Object.keys(data).length > 0 ? data : undefined,
      page: { url: location.href, referrer: document.referrer || undefined },
      person: pixel.person,
    };
    if (state === 'granted') send(event);
    else held.push(event);
  }
}

const consent = {
  holdConsent() { state = 'held'; },
  revokeConsent() { state = 'denied'; held = []; },
  grantConsent() { state = 'granted'; for (const event of held.splice(0)) send(event); },
};

/** Returns the methods of one pixel, or of all. */
function createMethods(getTargets, target) {
  return {
    page: () => report(getTargets(), 'Pageview'),
    track: (name, data, options) => report(getTargets(), name, data, options),
    identify: (data) => { Object.assign(target, hashPerson(data)); },
    ...consent,
  };
}

function execute(methods, [method, ...given]) {
  if (Object.hasOwn(methods, method)) methods[method](...given);
  else warn('the method is unknown.');
}

/** Takes the place of the page's queue: executes the queued calls, then each call as it is made. */
function takeQueue() {
  const queue = window.ttq ?? [];
  for (const code of Object.keys(queue._i ?? {})) pixels.set(code, { code, person: {} });
  const all = createMethods(() => [...pixels.values()], person);
  const calls = [...queue];
  queue.length = 0;
  Object.assign(queue, all, { isSimulated: true });
  for (const [code, pixel] of pixels) {
    const instance = queue._i[code];
    const own = createMethods(() => [pixel], pixel.person);
    const ownCalls = [...instance];
    instance.length = 0;
    Object.assign(instance, own);
    calls.push(...ownCalls.map((call) => ({ own, call })));
  }
  queue.instance = (code) => queue._i?.[code] ?? Object.assign([], createMethods(() => [], {}));
  window.ttq = queue;
  for (const each of calls) Array.isArray(each) ? execute(all, each) : execute(each.own, each.call);
}
`;
