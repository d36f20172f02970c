import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { z } from 'zod';
import { createFacade } from './facade.ts';
import { createLocators, type TextMatch } from './locator.ts';
import { patienceMs, waitUntil } from './wait-until.ts';
import { matchUrl, type WebProxy } from './web-proxy.ts';
import type { WebContext, WebPage } from './web-window.ts';

/** The states of a document that is as far as a navigation waits for. */
const states = {
  commit: ['loading', 'interactive', 'complete'],
  domcontentloaded: ['interactive', 'complete'],
  load: ['complete'],
  networkidle: ['complete'],
};

interface LoadOptions {
  readonly waitUntil?: keyof typeof states;
  /** The address that must be reached. */
  readonly target?: string;
}

const resultSchema = z.object({ value: z.unknown().optional(), error: z.string().optional(), href: z.string() });

/** Whether a text is an expression; otherwise it is statements. */
function isExpression(text: string): boolean {
  try {
    return Boolean(new Function(`return (${text}\n)`));
  } catch {
    return false;
  }
}

const keys: Readonly<Record<string, string>> = {
  Backspace: '\uE003',
  Tab: '\uE004',
  Enter: '\uE007',
  Shift: '\uE008',
  Control: '\uE009',
  Alt: '\uE00A',
  Escape: '\uE00C',
  Space: ' ',
  PageUp: '\uE00E',
  PageDown: '\uE00F',
  End: '\uE010',
  Home: '\uE011',
  ArrowLeft: '\uE012',
  ArrowUp: '\uE013',
  ArrowRight: '\uE014',
  ArrowDown: '\uE015',
  Delete: '\uE017',
  Meta: '\uE03D',
};

export function createPage(web: WebContext, handle: string): WebPage {
  let isClosed = false;
  let lastUrl = 'about:blank';
  const { proxy, inWindow } = web;
  const events = new EventEmitter().setMaxListeners(0);
  const call: WebPage['call'] = (method, path, body) =>
    inWindow(handle, (send) => send(method, path, body)).catch((error: unknown) => {
      // The window is gone, such as after a crash.
      if (/invalid session id|no such window|Session terminated/.test(String(error))) isClosed = true;
      throw error;
    });
  const run: WebPage['run'] = async (code, ...args) => {
    const text = String(code);
    const value =
      typeof code === 'function' ? `(${text})(...args)` : isExpression(text) ? `(${text}\n)` : `(() => { ${text}\n })()`;
    // The value of an expression may be a function, which Playwright calls.
    const script = `const done = arguments[arguments.length - 1], args = [...arguments].slice(0, -1);
      (async () => { const value = await ${value}; return typeof value === 'function' ? value(...args) : value; })()
        .then((value) => (value === undefined ? {} : { value }), (error) => ({ error: String(error?.message ?? error) }))
        .then((result) => done({ ...result, href: location.href }));`;
    const answer = await call('POST', '/execute/async', { script, args: args.filter((arg) => arg !== undefined) });
    const { value: result, error, href } = resultSchema.parse(answer);
    lastUrl = href;
    if (error !== undefined) throw new Error(`page.evaluate: ${error}`);
    return result;
  };
  const press = async (chord: string) => {
    const parts = (chord === '+' ? ['+'] : chord.split('+')).map((part) => keys[part] ?? part);
    const actions = [
      ...parts.map((value) => ({ type: 'keyDown', value })),
      ...parts.toReversed().map((value) => ({ type: 'keyUp', value })),
    ];
    await call('POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
  };
  const url = async () => z.string().parse(await call('GET', '/url'));
  const remember = async () => {
    lastUrl = await url();
    return lastUrl;
  };

  /** Waits until another document is loaded. Meanwhile the page can be used. */
  async function load(begin: () => Promise<unknown>, { target, waitUntil: until = 'load' }: LoadOptions = {}): Promise<void> {
    const mark = crypto.randomUUID();
    await run((value: string) => Object.assign(window, { conveyMark: value }).conveyMark, mark);
    await begin();
    const isLoaded = async () =>
      (await run((value: string) => Reflect.get(window, 'conveyMark') !== value && document.readyState, mark).then(
        (state) => typeof state === 'string' && states[until].includes(state),
      )) &&
      (target === undefined || (await url()) === target);
    await waitUntil(isLoaded, 'the page is loaded');
    await remember();
  }

  /** Waits for an event of the proxy. */
  function waitForEvent(name: string, given?: unknown, { timeout = patienceMs } = {}): Promise<unknown> {
    const wanted = typeof given === 'object' && given !== null && 'predicate' in given ? given.predicate : given;
    const isWanted = (one: { url(): string }): unknown => {
      if (typeof wanted === 'string' || wanted instanceof RegExp) return matchUrl(wanted)(one.url());
      return typeof wanted === 'function' ? wanted(one) : true;
    };
    const source = name === 'close' ? events : web.events;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        source.off(name, listen);
        reject(new Error(`timed out: no event ${name}`));
      }, timeout);
      const listen = async (one: { url(): string }) => {
        if (!(await isWanted(one))) return;
        clearTimeout(timer);
        source.off(name, listen);
        resolve(one);
      };
      source.on(name, listen);
    });
  }

  const self: WebPage = {
    run,
    call,
    page: createFacade<Page>('page', {
      context: () => web.context,
      on: (name: string, listener: () => void) => (name === 'close' ? events : web.events).on(name, listener),
      once: (name: string, listener: () => void) => (name === 'close' ? events : web.events).once(name, listener),
      off: (name: string, listener: () => void) => web.events.off(name, listener),
      waitForEvent,
      waitForRequest: (wanted: unknown, options?: object) => waitForEvent('request', wanted, options),
      waitForResponse: (wanted: unknown, options?: object) => waitForEvent('response', wanted, options),
      isClosed: () => isClosed,
      url: () => lastUrl,
      title: () => run('document.title'),
      content: () => run('document.documentElement.outerHTML'),
      evaluate: (code: unknown, arg: unknown) => run(code, arg),
      async addScriptTag({ url: src, content }: { url?: string; content?: string }) {
        await run(
          (address: string | null, text: string) =>
            new Promise<void>((resolve, reject) => {
              const script = document.createElement('script');
              script.onload = () => resolve();
              script.onerror = () => reject(new Error('the script does not load'));
              if (address) script.src = address;
              else script.textContent = text;
              document.head.append(script);
              if (!address) resolve();
            }),
          src ?? null,
          content ?? '',
        );
      },
      async goto(to: string, { referer, ...options }: { referer?: string } & LoadOptions = {}) {
        const [target, hash] = to.split('#');
        if (referer !== undefined) proxy.referrers.set(referer, to);
        const isSamePage = hash !== undefined && (await url()).split('#')[0] === target;
        if (isSamePage) await call('POST', '/url', { url: to });
        else await load(() => call('POST', '/url', { url: referer ?? to }), { ...options, ...(referer && { target: to }) });
        await remember();
        return null;
      },
      reload: () => load(() => call('POST', '/refresh')),
      goBack: () => load(() => call('POST', '/back')),
      goForward: () => load(() => call('POST', '/forward')),
      setContent: (html: string) =>
        run((text: string) => {
          document.open();
          document.write(text);
          document.close();
        }, html),
      async close() {
        web.pages.delete(self);
        if (isClosed) return;
        isClosed = true;
        await call('DELETE', '/window');
        events.emit('close');
      },
      bringToFront: async () => {},
      waitForTimeout: (ms: number) => sleep(ms),
      async waitForLoadState(state = 'load') {
        await waitUntil(async () => (await run('document.readyState')) === 'complete', 'the page is loaded');
        if (state === 'networkidle') await sleep(500);
        await remember();
      },
      waitForFunction: (code: unknown, arg: unknown, { timeout = patienceMs } = {}) =>
        waitUntil(async () => (await run(code, arg)) || undefined, `waitForFunction: ${code}`, timeout),
      waitForURL: async (pattern: Parameters<typeof matchUrl>[0]) => {
        const matches = matchUrl(pattern);
        await waitUntil(async () => matches(await remember()), `the address is ${pattern}, not ${lastUrl}`);
        await waitUntil(async () => (await run('document.readyState')) === 'complete', 'the page is loaded');
      },
      waitForSelector: (css: string) => locators.locator(css).first().waitFor(),
      async setViewportSize({ width, height }: { width: number; height: number }) {
        let [outerWidth, outerHeight] = [width, height];
        // The window has its own bars, and takes its size some time after the command.
        for (let attempt = 0; attempt < 8; attempt += 1) {
          await call('POST', '/window/rect', { width: outerWidth, height: outerHeight });
          await sleep(100);
          const [innerWidth, innerHeight] = z.tuple([z.number(), z.number()]).parse(await run('[innerWidth, innerHeight]'));
          if (innerWidth === width && innerHeight === height) return;
          outerWidth = Math.max(1, outerWidth + width - innerWidth);
          outerHeight = Math.max(1, outerHeight + height - innerHeight);
        }
      },
      keyboard: createFacade<object>('keyboard', {
        press,
        async type(text: string) {
          for (const letter of text) await press(letter);
        },
        insertText: (text: string) => run((value: string) => void document.execCommand('insertText', false, value), text),
      }),
      route: async (...route: Parameters<WebProxy['addRoute']>) => proxy.addRoute(...route),
      unroute: async (pattern: Parameters<WebProxy['addRoute']>[0]) => proxy.removeRoutes(pattern),
      unrouteAll: async () => proxy.removeRoutes(),
      addInitScript: (script: unknown, arg: unknown) => web.addInitScript(script, arg),
      getByRole: (role: string, options?: object) => locators.getByRole(role, options),
      getByText: (text: TextMatch, options?: object) => locators.getByText(text, options),
      getByLabel: (text: TextMatch, options?: object) => locators.getByLabel(text, options),
      getByPlaceholder: (text: TextMatch) => locators.getByPlaceholder(text),
      getByTitle: (text: TextMatch) => locators.getByTitle(text),
      locator: (css: string, options?: object) => locators.locator(css, options),
      click: (css: string) => locators.locator(css).click(),
      fill: (css: string, text: string) => locators.locator(css).fill(text),
      textContent: (css: string) => locators.locator(css).textContent(),
    }),
  };
  const locators = createLocators(self);
  return self;
}
