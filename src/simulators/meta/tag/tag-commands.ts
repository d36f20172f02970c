/**
 * The part of the tag that executes the commands of `fbq`.
 *
 * Assumptions: events are held while consent is revoked and sent after a grant; a second `init` of a pixel adds its user data; a second
 * `PageView` of a pixel is dropped unless `fbq.allowDuplicatePageViews` is set; a change of the URL by the History API sends a `PageView`
 * without an event id for each pixel that has sent one, unless `fbq.disablePushState` is set. The last two were seen by many sites.
 *
 * @source https://developers.facebook.com/docs/meta-pixel/reference, /implementation/gdpr and /implementation/data-processing-options
 * (2026-09)
 */
export const tagCommands = `
const pixels = new Map();
const person = {};
let processing = {}, isGranted = true, held = [];
const warn = (text) => console.warn('Meta simulator tag: ' + text);

function track(targets, name, data, options, isAutomatic) {
  if (typeof name !== 'string' || name === '') return warn('the event has no name.');
  for (const pixel of targets) {
    if (name === 'PageView') {
      if (pixel.hasView && !isAutomatic && !fbq.allowDuplicatePageViews) {
        warn('a second PageView of pixel ' + pixel.id + ' was dropped. Set fbq.allowDuplicatePageViews to send it.');
        continue;
      }
      pixel.hasView = true;
    }
    // The event id is in the fourth argument only.
    const given = isFields(options) ? options.eventID : undefined;
    const eventId = given === undefined || given === null ? undefined : String(given);
    const event = { pixel, name, data: isFields(data) ? data : {}, eventId, page: describePage(), processing };
    if (isGranted) report(event);
    else held.push(event);
  }
}

function findPixel(id) {
  const pixel = pixels.get(String(id));
  if (pixel === undefined) warn('pixel ' + id + ' was not initialised.');
  return pixel === undefined ? [] : [pixel];
}

function allPixels() {
  if (pixels.size === 0) warn('call init before track.');
  return [...pixels.values()];
}

const commands = {
  init(id, userData, options) {
    if (!/^\\d{1,20}$/.test(String(id))) return warn('the pixel id is not a number.');
    const pixel = pixels.get(String(id)) ?? { id: String(id), person: {} };
    pixels.set(pixel.id, pixel);
    Object.assign(pixel.person, hashPerson(userData));
    if (isFields(options) && options.agent) pixel.agent = String(options.agent);
    if (isGranted) identify();
  },
  track: (name, data, options) => track(allPixels(), name, data, options),
  trackCustom: (name, data, options) => track(allPixels(), name, data, options),
  trackSingle: (id, name, data, options) => track(findPixel(id), name, data, options),
  trackSingleCustom: (id, name, data, options) => track(findPixel(id), name, data, options),
  consent(mode) {
    if (mode === 'revoke') isGranted = false;
    if (mode !== 'grant') return;
    isGranted = true;
    for (const event of held.splice(0)) report(event);
  },
  set(name, value, id) {
    if (name === 'userData') Object.assign(person, hashPerson(value));
    if (name === 'agent') for (const pixel of id === undefined ? allPixels() : findPixel(id)) pixel.agent = String(value);
  },
  dataProcessingOptions(options, country, state) {
    processing = Array.isArray(options) && options.length > 0
      ? { dpo: options.join(','), dpoco: String(country ?? 0), dpost: String(state ?? 0) }
      : {};
  },
};

function execute(command, ...given) {
  if (Object.hasOwn(commands, command)) commands[command](...given);
  else warn('the command is unknown.');
}

/** Takes the place of the snippet's queue: executes the queued calls, then each call as it is made. */
function takeQueue() {
  const stub = window.fbq;
  const own = typeof stub === 'function' ? stub : function fbq(...given) { execute(...given); };
  window.fbq = own;
  window._fbq ??= own;
  own.version = '2.9.0-simulator';
  own.loaded = true;
  return own;
}

function followHistory() {
  watchNavigation(() => location.href, () => {
    if (!fbq.disablePushState) track([...pixels.values()].filter((pixel) => pixel.hasView), 'PageView', {}, {}, true);
  });
}
`;
