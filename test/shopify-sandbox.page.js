/** @import { CustomEvent as ThemeEvent, ExtensionApi, StandardEvent, SubscriberCallback } from '@shopify/web-pixels-extension' */

/** What runs in the frame that Shopify puts around a custom pixel, as far as the pixel can tell, by Shopify's own types. */

/**
 * @param {ExtensionApi['init']} init
 * @param {'api' | 'global'} privacyAt where a pixel finds changes of consent
 */
// biome-ignore lint/correctness/noUnusedVariables: the frame calls it
function shopifySandbox(init, privacyAt) {
  /** @type {[string, (event: StandardEvent | ThemeEvent) => void][]} */
  const subscribers = [];
  /** @type {((event: { customerPrivacy: ExtensionApi['init']['customerPrivacy'] }) => void)[]} */
  const choosers = [];
  /** @type {Map<number, (answer: unknown) => void>} */
  const waiting = new Map();
  let asked = 0;

  /**
   * The top frame does it, and answers.
   * @param {string} where
   * @param {string} what
   * @param {...unknown} given
   * @returns {Promise<any>}
   */
  function ask(where, what, ...given) {
    const question = asked++;
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
    subscribe: (name, told) => {
      subscribers.push([name, /** @type {SubscriberCallback<StandardEvent | ThemeEvent>} */ (told)]);
      return () => true;
    },
  };
  /** @type {ExtensionApi['customerPrivacy']} */
  const changes = {
    subscribe: (name, told) => {
      if (name === 'visitorConsentCollected') choosers.push(told);
      return () => true;
    },
  };
  Object.assign(window, {
    publish(/** @type {StandardEvent | ThemeEvent} */ event) {
      for (const [name, told] of subscribers) if (name === event.name || name === `all_${event.type}_events`) told(event);
    },
    choose(/** @type {ExtensionApi['init']['customerPrivacy']} */ customerPrivacy) {
      init.customerPrivacy = customerPrivacy;
      for (const told of choosers) told({ customerPrivacy });
    },
  });
  return privacyAt === 'api'
    ? { analytics, browser, init, api: { customerPrivacy: changes } }
    : { analytics, browser, init, customerPrivacy: changes };
}
