import type { RequestListener } from 'node:http';
import type { Http2Bindings, HttpBindings } from '@hono/node-server';
import { loadOnce } from '../../load-once.ts';

/** The part of a Hono app that a server needs. */
export interface ServedApp {
  fetch(request: Request, env: HttpBindings | Http2Bindings): Response | Promise<Response>;
}

/**
 * Returns a listener that passes requests to a Hono app. The first request loads the adapter, because it loads Node's HTTP client, which takes
 * a tenth of the time of a start.
 */
export function createHonoListener(app: ServedApp): RequestListener {
  let listener: RequestListener | undefined;
  const load = loadOnce(async () => {
    const { getRequestListener } = await import('@hono/node-server');
    listener = getRequestListener(app.fetch);
    return listener;
  });
  return (incoming, outgoing) => {
    // Health checks by HTTP/1.0 send none, and the adapter needs one. Checks of the header read it as it was sent.
    if (incoming.httpVersion === '1.0') incoming.headers.host ??= 'localhost';
    if (listener) return listener(incoming, outgoing);
    load().then(
      (loaded) => loaded(incoming, outgoing),
      () => outgoing.destroy(),
    );
  };
}
