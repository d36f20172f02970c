/** @import { CustomEvent as ThemeEvent, ExtensionApi, StandardEvent, SubscriberCallback } from '@shopify/web-pixels-extension' */

/** Simulates the frame in which Shopify runs a custom pixel, with the interface of Shopify's types. */

/**
 * @param {ExtensionApi['init']} init
 * @param {'api' | 'global'} privacyAt the object that reports changes of consent to the pixel
 */
// biome-ignore lint/correctness/noUnusedVariables: the frame calls it
function shopifySandbox(init, privacyAt) {
  /** @type {[string, (event: StandardEvent | ThemeEvent) => void][]} */
  const subscribers = [];
  /** @type {((event: { customerPrivacy: ExtensionApi['init']['customerPrivacy'] }) => void)[]} */
  const consentSubscribers = [];
  /** @type {Map<number, (answer: unknown) => void>} */
  const waiting = new Map();
  let questions = 0;

  /**
   * Calls a method of the top frame and resolves with its result.
   * @param {string} where
   * @param {string} what
   * @param {...unknown} given
   * @returns {Promise<any>}
   */
  function ask(where, what, ...given) {
    const question = questions++;
    parent.postMessage({ question, where, what, given }, '*');
    return new Promise((resolve) => waiting.set(question, resolve));
  }
  addEventListener('message', ({ data }) => {
    waiting.get(data.question)?.(data.answer);
    waiting.delete(data.question);
  });

  /** @param {'localStorage' | 'sessionStorage'} where */
  const storage = (where) => ({
    clear: () => ask(where, 'clear'),
    getItem: (/** @type {string} */ key) => ask(where, 'getItem', key),
    key: (/** @type {number} */ index) => ask(where, 'key', index),
    length: () => ask(where, 'length'),
    removeItem: (/** @type {string} */ key) => ask(where, 'removeItem', key),
    setItem: (/** @type {string} */ key, /** @type {unknown} */ value) => ask(where, 'setItem', key, value),
  });

  /** @type {ExtensionApi['browser']} */
  const browser = {
    cookie: { get: (name) => ask('cookie', 'get', name), set: (name, value) => ask('cookie', 'set', name, value) },
    localStorage: storage('localStorage'),
    sessionStorage: storage('sessionStorage'),
    sendBeacon: async (url, body) => navigator.sendBeacon(url, body),
  };
  /** @type {ExtensionApi['analytics']} */
  const analytics = {
    subscribe: (name, callback) => {
      subscribers.push([name, /** @type {SubscriberCallback<StandardEvent | ThemeEvent>} */ (callback)]);
      return () => true;
    },
  };
  /** @type {ExtensionApi['customerPrivacy']} */
  const changes = {
    subscribe: (name, callback) => {
      if (name === 'visitorConsentCollected') consentSubscribers.push(callback);
      return () => true;
    },
  };
  Object.assign(window, {
    publish(/** @type {StandardEvent | ThemeEvent} */ event) {
      for (const [name, callback] of subscribers) if (name === event.name || name === `all_${event.type}_events`) callback(event);
    },
    choose(/** @type {ExtensionApi['init']['customerPrivacy']} */ customerPrivacy) {
      init.customerPrivacy = customerPrivacy;
      for (const callback of consentSubscribers) callback({ customerPrivacy });
    },
  });
  return privacyAt === 'api'
    ? { analytics, browser, init, api: { customerPrivacy: changes } }
    : { analytics, browser, init, customerPrivacy: changes };
}
