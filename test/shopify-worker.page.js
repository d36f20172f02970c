/** Simulates the worker in which Shopify runs an app pixel, by Shopify's documented interface. There is no page. */

/** @import { ExtensionApi } from '@shopify/web-pixels-extension' */

/** @type {Map<number, (answer: unknown) => void>} */
const waiting = new Map();
/** @type {[string, (event: any) => void][]} */
const subscribers = [];
/** @type {((event: object) => void)[]} */
const consentSubscribers = [];
/** @type {any[]} */
const published = [];
/** @type {{ init: any, settings: object, requiresPermission: boolean, answersTop: boolean } | undefined} */
let start;
/** @type {((api: any) => void) | undefined} */
let pixel;
let isRunning = false;
let questions = 0;

/** @param {string} where @param {string} what @param {...unknown} given @returns {Promise<any>} */
function askTop(where, what, ...given) {
  const question = questions++;
  if (start?.answersTop) postMessage({ question, where, what, given });
  return new Promise((resolve) => waiting.set(question, resolve));
}

/** @param {string} where */
const createStorage = (where) => ({
  getItem: (/** @type {string} */ key) => askTop(where, 'getItem', key),
  key: (/** @type {number} */ index) => askTop(where, 'key', index),
  length: () => askTop(where, 'length'),
  removeItem: (/** @type {string} */ key) => askTop(where, 'removeItem', key),
  setItem: (/** @type {string} */ key, /** @type {unknown} */ value) => askTop(where, 'setItem', key, value),
});

/** Loads the pixel once it may run, and repeats the earlier events of the page. */
function loadIfAllowed() {
  const { marketingAllowed, saleOfDataAllowed } = start?.init.customerPrivacy ?? {};
  const isAllowed = start?.requiresPermission !== true || (marketingAllowed && saleOfDataAllowed);
  if (!start || !pixel || isRunning || !isAllowed) return;
  isRunning = true;
  pixel({
    analytics: {
      subscribe(/** @type {string} */ name, /** @type {(event: any) => void} */ callback) {
        subscribers.push([name, callback]);
        for (const event of published) deliver(event, [[name, callback]]);
      },
    },
    browser: {
      cookie: { get: (/** @type {string} */ name) => askTop('cookie', 'get', name) },
      localStorage: createStorage('localStorage'),
      sessionStorage: createStorage('sessionStorage'),
    },
    init: start.init,
    settings: start.settings,
    customerPrivacy: {
      subscribe: (/** @type {string} */ _, /** @type {(event: object) => void} */ callback) => consentSubscribers.push(callback),
    },
  });
}

/** @param {any} event @param {typeof subscribers} to */
function deliver(event, to) {
  for (const [name, callback] of to) if (name === event.name || name === `all_${event.type}_events`) callback(event);
}

// biome-ignore lint/correctness/noUnusedVariables: the pixel calls it
const register = (/** @type {(api: any) => void} */ extend) => {
  pixel = extend;
  loadIfAllowed();
};

addEventListener('message', ({ data }) => {
  if (data.start) start = data.start;
  if (data.publish) {
    published.push(data.publish);
    deliver(data.publish, subscribers);
  }
  if (data.choose && start) {
    start.init.customerPrivacy = data.choose;
    for (const callback of consentSubscribers) callback({ customerPrivacy: data.choose });
  }
  if ('question' in data) {
    waiting.get(data.question)?.(data.answer);
    waiting.delete(data.question);
  }
  loadIfAllowed();
});
