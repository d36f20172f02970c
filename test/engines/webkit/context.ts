import { EventEmitter, once } from 'node:events';
import type { BrowserContext, Page } from 'playwright-core';
import { z } from 'zod';
import { createFacade } from './facade.ts';
import { createPage } from './page.ts';
import { waitUntil } from './wait-until.ts';
import { openWebDriver, type WebDriver } from './web-driver.ts';
import { blankPath, WebProxy } from './web-proxy.ts';
import type { WebContext, WebPage } from './web-window.ts';

const cookiesSchema = z.array(z.looseObject({ name: z.string(), domain: z.string(), expiry: z.number().optional() }));
const optionsSchema = z.looseObject({
  viewport: z.object({ width: z.number(), height: z.number() }).default({ width: 1280, height: 720 }),
  javaScriptEnabled: z.literal(true, { error: 'the WebKit driver cannot turn JavaScript off' }).optional(),
  extraHTTPHeaders: z.record(z.string(), z.string()).default({}),
});

interface AddedCookie {
  readonly name: string;
  readonly value: string;
  readonly url?: string;
  readonly domain?: string;
  readonly path?: string;
  readonly expires?: number;
  readonly httpOnly?: boolean;
  readonly secure?: boolean;
  readonly sameSite?: string;
}

export async function openContext(options: object): Promise<WebContext> {
  const { viewport, extraHTTPHeaders } = optionsSchema.parse(options);
  const proxy = new WebProxy();
  proxy.headers = extraHTTPHeaders;
  const driver = await openWebDriver(await proxy.start());
  const events = new EventEmitter().setMaxListeners(0);
  proxy.setMaxListeners(0);
  const pages = new Set<WebPage>();
  for (const name of ['request', 'requestfailed', 'response']) proxy.on(name, (one) => events.emit(name, one));
  proxy.on('pageerror', ({ kind, text }) => {
    if (kind === 'error') events.emit('weberror', { error: () => new Error(text) });
    else events.emit('console', { type: () => 'error', text: () => text });
  });

  let queue: Promise<unknown> = Promise.resolve();
  // The first window stays open, because the session ends with the last one. It reads cookies.
  const helper = z.string().parse(await driver.call('GET', '/window'));
  let current = helper;
  const inWindow: WebContext['inWindow'] = (handle, run) => {
    const done = queue.then(async () => {
      if (current !== handle) await driver.call('POST', '/window', { handle });
      current = handle;
      return run(driver.call);
    });
    queue = done.catch(() => {});
    return done;
  };
  const onHost = <T>(host: string, run: (call: WebDriver['call']) => Promise<T>) =>
    inWindow(helper, async (call) => {
      await call('POST', '/url', { url: `http://${host}${blankPath}` });
      const script = `return location.hostname === arguments[0] && document.readyState === 'complete'`;
      await waitUntil(async () => (await call('POST', '/execute/sync', { script, args: [host] })) === true, `open ${host}`);
      return run(call);
    });
  const listHosts = (urls?: string | readonly string[]) =>
    urls === undefined ? [...proxy.hosts] : [urls].flat().map((url) => new URL(url).hostname);

  let isClosed = false;
  const webContext: WebContext = {
    proxy,
    events,
    pages,
    inWindow,
    async addInitScript(script, arg) {
      const text = typeof script === 'function' ? `(${script})(${arg === undefined ? '' : JSON.stringify(arg)})` : script;
      proxy.initScripts.push(z.string().parse(text));
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      // Windows that are closed before the session send their last reports.
      for (const { page } of [...pages]) await page.close().catch(() => {});
      await driver.close();
      proxy.close();
      events.emit('close');
    },
    context: createFacade<BrowserContext>('context', {
      on: (name: string, listener: () => void) => events.on(name, listener),
      once: (name: string, listener: () => void) => events.once(name, listener),
      off: (name: string, listener: () => void) => events.off(name, listener),
      waitForEvent: async (name: string) => (await once(events, name, { signal: AbortSignal.timeout(30_000) }))[0],
      pages: () => [...pages].map(({ page }) => page),
      async newPage(): Promise<Page> {
        const created = await inWindow(helper, (call) => call('POST', '/window/new', { type: 'window' }));
        const { handle } = z.object({ handle: z.string() }).parse(created);
        const opened = createPage(webContext, handle);
        pages.add(opened);
        await opened.page.setViewportSize(viewport);
        return opened.page;
      },
      addInitScript: (script: unknown, arg: unknown) => webContext.addInitScript(script, arg),
      async setExtraHTTPHeaders(headers: Readonly<Record<string, string>>) {
        proxy.headers = headers;
      },
      async setOffline(isOffline: boolean) {
        proxy.isOffline = isOffline;
        for (const { page } of pages)
          await page.evaluate((name) => void dispatchEvent(new Event(name)), isOffline ? 'offline' : 'online');
      },
      route: async (...route: Parameters<WebProxy['addRoute']>) => proxy.addRoute(...route),
      unroute: async (pattern: Parameters<WebProxy['addRoute']>[0]) => proxy.removeRoutes(pattern),
      unrouteAll: async () => proxy.removeRoutes(),
      async cookies(urls?: string | readonly string[]) {
        const lists = [];
        for (const host of new Set(listHosts(urls)))
          lists.push(cookiesSchema.parse(await onHost(host, (call) => call('GET', '/cookie'))));
        return lists.flat().map(({ expiry = -1, ...cookie }) => ({ ...cookie, expires: expiry }));
      },
      async addCookies(cookies: readonly AddedCookie[]) {
        for (const { url, expires, domain, ...cookie } of cookies) {
          const host = url === undefined ? (domain ?? '').replace(/^\./, '') : new URL(url).hostname;
          const { name, value, path = '/', httpOnly = false, secure = false, sameSite = 'Lax' } = cookie;
          const expiry = expires !== undefined && expires > 0 && { expiry: Math.round(expires) };
          proxy.hosts.add(host);
          await onHost(host, (call) =>
            call('POST', '/cookie', { cookie: { name, value, path, httpOnly, secure, sameSite, ...expiry } }),
          );
        }
      },
      async clearCookies() {
        for (const host of proxy.hosts) await onHost(host, (call) => call('DELETE', '/cookie'));
      },
      request: createFacade<object>('request', {
        async fetch(url: string, { method = 'GET', headers = {}, data }: { method?: string; headers?: object; data?: unknown }) {
          const cookies = await webContext.context.cookies(url);
          const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
          const body = data === undefined ? {} : { body: JSON.stringify(data) };
          const type = data === undefined ? {} : { 'content-type': 'application/json' };
          const response = await fetch(url, { method, headers: { ...type, ...headers, cookie }, ...body });
          const text = await response.text();
          return { status: () => response.status, text: async () => text, json: async () => JSON.parse(text) };
        },
      }),
      close: () => webContext.close(),
    }),
  };
  return webContext;
}
