import type { Browser } from 'playwright-core';
import { openContext } from './context.ts';
import { createFacade } from './facade.ts';
import type { WebContext } from './web-window.ts';

/** Returns a browser that opens a WebKitGTK for each of its contexts. */
export function launchWebkit(): Browser {
  const contexts = new Set<WebContext>();
  return createFacade<Browser>('browser', {
    version: () => 'WebKitGTK',
    contexts: () => [...contexts].map(({ context }) => context),
    async newContext(options: object = {}) {
      const opened = await openContext(options);
      contexts.add(opened);
      opened.events.once('close', () => contexts.delete(opened));
      return opened.context;
    },
    close: () => Promise.all([...contexts].map((one) => one.close())),
  });
}
