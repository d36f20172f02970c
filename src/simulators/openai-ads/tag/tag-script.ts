import { createTagCookies } from '../../kit/tag/tag-cookies.ts';

/**
 * The script of `GET /sdk/oaiq.min.js`: a classic script that takes the place of the queue `window.oaiq`. It implements the documented
 * commands of OpenAI's pixel and reports to the place that it was loaded from.
 *
 * Assumptions: the calls that wait are in `oaiq.q`; events are held while consent is denied and sent after a grant; the body of a report;
 * the form of the cookies. OpenAI's pages name the commands, the parameter `oppref` and the address of the reports.
 * @source https://developers.openai.com/ads/measurement-pixel and /conversion-tracking (2026-09-11)
 */
export const tagScript = `// The pixel of the OpenAI simulator. It reports to the place that it was loaded from.
(() => {
'use strict';
if (window.oaiq?.loaded) return;
const base = new URL('..', document.currentScript?.src || location.href).href;
${createTagCookies('_oaprobe')}
const isFields = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
const warn = (text) => console.warn('OpenAI simulator pixel: ' + text);
const day = 86400;
let pixel, isGranted = true, held = [];

function keepCookie(name, value, seconds) {
  jar.text = name + '=' + encodeURIComponent(value) + '; path=/; max-age=' + seconds + '; samesite=lax' + widestDomain();
}

/** Keeps the click id of the URL for 30 days, and a random browser id for a year. */
function identify() {
  const oppref = new URLSearchParams(location.search).get('oppref');
  if (oppref) keepCookie('__oppref', oppref, 30 * day);
  if (readCookie('__obref') === '') {
    const bytes = [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0'));
    keepCookie('__obref', 'ob1.' + bytes.join(''), 365 * day);
  }
}

function send(event) {
  identify();
  const oppref = decodeURIComponent(readCookie('__oppref')), obref = decodeURIComponent(readCookie('__obref'));
  const user = { ...pixel.user, ...(obref && { obref }) };
  const sent = { ...event, ...(oppref && { oppref }), user };
  const body = JSON.stringify({ pid: pixel.id, events: [sent] });
  fetch(base + 'v1/sdk/events', { method: 'POST', mode: 'no-cors', keepalive: true, body }).catch(() => {});
}

const commands = {
  init(options) {
    if (!isFields(options) || typeof options.pixelId !== 'string') return warn('init needs a pixelId.');
    pixel = { id: options.pixelId, user: isFields(options.user) ? options.user : {} };
    if (isGranted) identify();
  },
  measure(type, properties, options) {
    if (pixel === undefined) return warn('call init before measure.');
    const { event_id, custom_event_name, opt_out } = isFields(options) ? options : {};
    const event = { id: event_id, type, timestamp_ms: Date.now(), action_source: 'web', source_url: location.href,
      custom_event_name, opt_out, data: isFields(properties) ? properties : {} };
    if (isGranted) send(event);
    else held.push(event);
  },
  consent(isAllowed) {
    isGranted = isAllowed === true;
    if (isGranted) for (const event of held.splice(0)) send(event);
  },
};

const queued = Array.isArray(window.oaiq?.q) ? window.oaiq.q : [];
function oaiq(command, ...given) {
  if (Object.hasOwn(commands, command)) commands[command](...given);
  else warn('the command is unknown.');
}
oaiq.loaded = true;
window.oaiq = oaiq;
for (const call of queued.splice(0)) oaiq(...call);
})();
`;
