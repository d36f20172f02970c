import { afterAll } from 'vitest';
import { createShopper, getSharedBrowser, type Shopper } from './browser.fixture.ts';

/**
 * Returns a function that creates the shopper of a test. The tests of a file share one page, because each further page costs the start of a
 * process. Each shopper begins without cookies, routes and errors; `close` leaves the page, and closes others. The tests change nothing
 * else in the browser, and open their servers by `startAtNewOrigin`.
 */
export function sharePage(prepare: (shopper: Shopper) => Promise<void> = async () => {}): () => Promise<Shopper> {
  let shared: Shopper | undefined;
  afterAll(() => shared?.close());
  return async () => {
    if (!shared || shared.page.isClosed()) {
      await shared?.close();
      shared = await createShopper(await getSharedBrowser());
      await prepare(shared);
    }
    const { context, page, pageErrors } = shared;
    const leave = async () => {
      for (const other of context.pages()) if (other !== page) await other.close();
      if (page.isClosed()) return;
      await page.goto('about:blank');
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      await context.unrouteAll({ behavior: 'ignoreErrors' });
    };
    // A test may open several pages, one after another.
    await leave();
    // The servers of the previous test are closed, so that no response sets another cookie.
    await context.clearCookies();
    // The same list, which the browser's events extend.
    Reflect.set(pageErrors, 'length', 0);
    return { context, page, pageErrors, close: leave };
  };
}

const usedOrigins = new Set<string>();

/** Starts a server at an origin that no page has used: the shared page keeps storage by origin, and a port may be used again. */
export async function startAtNewOrigin<Server extends { readonly url: string; close(): Promise<unknown> }>(
  start: () => Promise<Server>,
): Promise<Server> {
  for (;;) {
    const server = await start();
    if (!usedOrigins.has(server.url)) {
      usedOrigins.add(server.url);
      return server;
    }
    await server.close();
  }
}
