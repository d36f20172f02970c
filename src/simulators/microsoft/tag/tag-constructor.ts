/**
 * The tag's constructor `window.UET`. It processes the queued pushes and then replaces the queue.
 *
 * Assumptions: queued pushes are sent at once and in order, even before `pageLoad`; a queued value that throws loses its event only;
 * after a late grant, later beacons have ids and no beacon is sent again; a single-page view has a new `mid`, and a change of the
 * fragment is not a view; `disableAutoPageView` disables `pageLoad` and single-page views; consent that is read from Google's tag
 * counts like a push.
 */
export const tagConstructor = `
function UET(options) {
  const { ti, q = window.uetq, enableAutoSpaTracking, disableAutoPageView, storeConvTrackCookies, enableAutoConsent, cookieFlags } = options ?? {};
  this.uetConfig = {
    consent: { enabled: false, adStorageAllowed: !rules.enforced, adStorageUpdated: false, enforced: rules.enforced },
    tcf: { enabled: false },
  };
  this.beaconParams = {};
  const { consent, tcf } = this.uetConfig;
  const tag = { ti: String(ti ?? ''), uetConfig: this.uetConfig, usesCookies: storeConvTrackCookies !== false, flags: cookieFlags, sent: 0 };
  const person = {};
  let view, waiting, isLoaded = false, isViewed = false;

  const openView = (changes) => {
    const click = getClickId(getPageUrl());
    tag.click = click ?? tag.click;
    view = { mid: newPageId(), click, p: getPageUrl(), r: inFrame ? '' : document.referrer, tl: document.title, ...changes };
    this.beaconParams = { ti: tag.ti, mid: view.mid };
  };
  openView();

  const send = (own, extra) => {
    const seen = view, known = { ...person, ...extra };
    if (waiting) waiting.push(() => report(tag, seen, own, known));
    else report(tag, seen, own, known);
  };
  const release = () => {
    const held = waiting ?? [];
    waiting = undefined;
    for (const one of held) one();
  };
  const readPid = (pid) => {
    const found = {};
    for (const kind of ['em', 'ph']) {
      const hash = isFields(pid) ? hashIdentifier(kind, pid[kind]) : undefined;
      if (hash !== undefined) found[kind] = hash;
    }
    return found;
  };

  const commands = {
    pageLoad() {
      if (isLoaded || disableAutoPageView) return;
      isLoaded = isViewed = true;
      send({ evt: 'pageLoad' });
    },
    event(action, parameters = {}) {
      if (action === 'page_view') return reportView(parameters);
      checkParameters(parameters);
      send({ evt: 'custom', ea: String(action ?? ''), ...toWire(parameters), en: 'Y' }, readPid(parameters.pid));
    },
    consent(mode, { ad_storage, wait_for_update } = {}) {
      if (ad_storage !== 'granted' && ad_storage !== 'denied') return;
      consent.enabled = true;
      consent.adStorageAllowed = ad_storage === 'granted';
      if (mode === 'update') {
        consent.adStorageUpdated = true;
        release();
      } else if (wait_for_update > 0 && ad_storage === 'denied' && !waiting) {
        waiting = [];
        setTimeout(release, Math.min(wait_for_update, 10000));
      }
    },
    set(values = {}) {
      Object.assign(person, readPid(values.pid));
    },
    config(what, values = {}) {
      if (what === 'tcf') tcf.enabled = values.enabled === true;
    },
  };

  function reportView({ page_path, page_title, page_location, ...parameters }) {
    if (rules.throws && isGiven(page_path) && !String(page_path).startsWith('/')) throwInvalid('page_path', 'must begin with /');
    const page = isGiven(page_location) ? String(page_location) : isGiven(page_path) ? location.origin + page_path : undefined;
    openView({ ...(page && { p: page }), r: isViewed ? view.p : view.r, ...(isGiven(page_title) && { tl: String(page_title) }), spa: 'Y' });
    isViewed = true;
    send({ evt: 'pageLoad' }, readPid(parameters.pid));
  }

  /** Runs the commands of the queue. A command takes a word, if it needs one, and then an object, if the next item is one. */
  const drain = (queue, failed) => {
    while (queue.length > 0) {
      const item = queue.shift();
      try {
        if (Array.isArray(item)) drain([...item], failed);
        else if (typeof item === 'string' && Object.hasOwn(commands, item)) {
          const words = item === 'event' || item === 'consent' || item === 'config' ? [queue.shift()] : [];
          if (item !== 'pageLoad' && isFields(queue[0])) words.push(queue.shift());
          commands[item](...words);
        } else if (isFields(item)) {
          const { ea, ...legacy } = item;
          checkParameters(legacy);
          send({ evt: 'custom', ...(isGiven(ea) && { ea: String(ea) }), ...toWire(legacy) });
        }
      } catch (error) {
        failed(error);
      }
    }
  };
  this.push = (...given) => {
    drain(given, (error) => { throw error; });
    return given.length;
  };

  if (Array.isArray(q)) drain(q, (error) => setTimeout(() => { throw error; }));
  if (enableAutoSpaTracking && !disableAutoPageView && !inFrame) watchNavigation(() => location.href.split('#')[0], () => { if (isLoaded) reportView({}); });
  if (enableAutoConsent !== false) setTimeout(() => {
    const storage = window.google_tag_data?.ics?.entries?.ad_storage;
    const allows = storage?.update ?? storage?.default;
    if (!consent.enabled && typeof allows === 'boolean') commands.consent('update', { ad_storage: allows ? 'granted' : 'denied' });
  }, 1500);
}
`;
