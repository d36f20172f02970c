/**
 * The part of the tag that executes the commands of `gtag`.
 *
 * Assumptions: an event for an account that was not configured is dropped; commands are executed in their order, except that Consent
 * Mode's state is that of the time of the event; a later `default` changes a state that no `update` set.
 *
 * @source https://developers.google.com/tag-platform/gtagjs/reference and /tag-platform/security/guides/consent (2026-11-27)
 */
export const tagCommands = `
const configured = new Set();
const shared = {};
const consent = {};
const warn = (text) => console.warn('Google Ads simulator tag: ' + text);
const isFields = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns whether a use of data is allowed. Without Consent Mode every use is. */
function isAllowed(use) {
  const { update, byDefault } = consent[use] ?? {};
  return (update ?? byDefault ?? 'granted') === 'granted';
}

const commands = {
  js() {},
  config(id) {
    if (!/^(AW|G|GT|DC)-[\\w-]+$/.test(String(id))) return warn('the id of config is not that of a tag.');
    configured.add(String(id));
    if (isAllowed('ad_storage')) storeClicks();
  },
  set(name, value) {
    Object.assign(shared, isFields(name) ? name : { [name]: value });
  },
  consent(kind, states) {
    if (!isFields(states)) return;
    for (const [use, state] of Object.entries(states)) {
      consent[use] = { ...consent[use], [kind === 'update' ? 'update' : 'byDefault']: state };
    }
    publishConsent();
    if (kind === 'update' && isAllowed('ad_storage') && configured.size > 0) storeClicks();
  },
  event(name, given) {
    const data = { ...shared, ...(isFields(given) ? given : {}) };
    const targets = [data.send_to ?? [...configured]].flat().map(String);
    for (const target of targets) {
      const [account, label] = target.split('/');
      if (!account.startsWith('AW-')) continue;
      if (label === undefined || label === '') {
        if (name === 'conversion') warn('a conversion without a label in send_to is not counted.');
        continue;
      }
      if (!configured.has(account)) warn(account + ' was not configured, so the conversion was dropped.');
      else sendConversion({ id: account.slice('AW-'.length), label, name, data });
    }
  },
};

function execute(command, ...given) {
  if (Object.hasOwn(commands, command)) commands[command](...given);
}

/** Keeps the state of Consent Mode where Google's tags keep it. */
function publishConsent() {
  const entries = {};
  for (const [use, { update, byDefault }] of Object.entries(consent)) {
    entries[use] = {
      ...(byDefault !== undefined && { default: byDefault === 'granted' }),
      ...(update !== undefined && { update: update === 'granted' }),
    };
  }
  window.google_tag_data = { ...window.google_tag_data, ics: { entries } };
}

/** Executes the commands that wait in the data layer, then each command as it is pushed. */
function takeDataLayer() {
  const layer = (window.dataLayer ??= []);
  const isCommand = (entry) => Object.prototype.toString.call(entry) === '[object Arguments]';
  const run = (entries) => {
    for (const entry of entries) if (isCommand(entry)) execute(...entry);
  };
  const push = layer.push.bind(layer);
  layer.push = (...entries) => {
    const length = push(...entries);
    run(entries);
    return length;
  };
  run([...layer]);
}
`;
