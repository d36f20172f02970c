/**
 * The part of the tag that executes the commands of `pintrk`, keeps its cookies and sends its beacons.
 *
 * Assumptions: `load` asks `/user/`, and `page` reports `event=init`; names are sent in lower case; events that are tracked before `load`, or
 * while consent is denied, are lost; `_epik` is the parameter of the landing page and lives for a year, `_pin_unauth` is random; the person
 * is in `pd` with the cookies; a beacon with a URL over 8,000 characters is sent by POST, with the same parameters as a form.
 *
 * @source https://help.pinterest.com/en/business/article/pinterest-tag-parameters-and-cookies (2026-11-27),
 * https://github.com/pinterest/pinterest-magento2-extension (2026-04-14; the calls)
 */
export const tagCommands = String.raw`
const tagIds = new Set();
const person = {};
const images = new Set();
let processing = {};
let isStopped = false;
const isFields = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const warn = (text) => console.warn('Pinterest simulator tag: ' + text);

function setPerson(data) {
  if (!isFields(data)) return;
  for (const key of ['em', 'external_id']) {
    const text = typeof data[key] === 'string' || typeof data[key] === 'number' ? String(data[key]).trim().toLowerCase() : '';
    if (text !== '') person[key] = /^[0-9a-f]{64}$/.test(text) ? text : sha256(text);
  }
}

function writeCookie(name, value, days) {
  jar.text = name + '=' + value + '; path=/; max-age=' + days * 86400 + widestDomain() + '; SameSite=Lax';
}

/** Writes the cookies and returns their values. */
function identify() {
  const landed = new URLSearchParams(location.search).get('epik');
  if (landed && /^[\w-]{1,512}$/.test(landed)) writeCookie('_epik', landed, 365);
  if (readCookie('_pin_unauth') === '') writeCookie('_pin_unauth', btoa('uid=' + Math.random().toString(36).slice(2)).replace(/=+$/, ''), 365);
  return { epik: readCookie('_epik') || undefined, pin_unauth: readCookie('_pin_unauth') || undefined };
}

function forget() {
  for (const name of ['_epik', '_pin_unauth', '_derived_epik']) writeCookie(name, '', 0);
}

function describePage() {
  return { loc: location.href, ref: document.referrer, if: window !== window.top, sh: screen.height, sw: screen.width };
}

function sendBeacon(path, parameters) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.append(name, typeof value === 'object' ? JSON.stringify(value) : value);
  const address = origin + path + '?' + query;
  if (address.length > 8000) {
    fetch(origin + path, { method: 'POST', mode: 'no-cors', keepalive: true, body: query }).catch(() => {});
    return;
  }
  const image = new Image();
  images.add(image);
  image.onload = image.onerror = () => images.delete(image);
  image.src = address;
}

function report(event, data) {
  if (isStopped) return;
  if (tagIds.size === 0) return warn('call load first.');
  for (const tid of tagIds)
    sendBeacon('/v3/', { event, ed: isFields(data) ? data : undefined, tid, pd: { ...person, ...processing, ...identify() }, ad: describePage(), cb: String(Date.now()) });
}

const commands = {
  load(id, data) {
    if (!/^\d{13}$/.test(String(id))) return warn('the tag id is not a number of 13 digits.');
    tagIds.add(String(id));
    setPerson(data);
    if (!isStopped) sendBeacon('/user/', { tid: String(id), pd: { ...person, ...identify() }, cb: String(Date.now()) });
  },
  page: (data) => report('init', data),
  track(name, data) {
    if (typeof name !== 'string' || name === '') return warn('the event has no name.');
    report(name.toLowerCase(), data);
  },
  set(data) {
    setPerson(data);
    if (isFields(data) && data.opt_out_type) processing = { opt_out_type: data.opt_out_type, st: data.st, country: data.country };
  },
  setconsent(isGranted) {
    isStopped = !(isGranted === true || isGranted === 'true');
    if (isStopped) forget();
  },
};

function execute(command, ...given) {
  if (Object.hasOwn(commands, command)) commands[command](...given);
  else warn('the command is unknown.');
}

/** Takes the place of the snippet's queue: executes the queued calls, then each call as it is made. */
function takeQueue() {
  const queue = Array.isArray(window.pintrk?.queue) ? window.pintrk.queue : [];
  const waiting = queue.splice(0);
  queue.push = (call) => { execute(...call); return 0; };
  window.pintrk = Object.assign((...call) => execute(...call), { queue, version: '3.0', isLive: true });
  for (const call of waiting) execute(...call);
}
`;
