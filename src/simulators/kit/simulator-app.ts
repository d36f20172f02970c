import { randomBytes } from 'node:crypto';
import { Hono, type MiddlewareHandler } from 'hono';
import type { AnyFault, Faults } from './faults.ts';
import { toHttpResponse } from './http/reply.ts';
import {
  createErrorHandler,
  createOwnPageGuard,
  type Env,
  listMethods,
  notAllowed,
  receiveSetting,
  rejectHead,
} from './http/routes.ts';
import type { SimulatorPage } from './page/define-page.ts';
import { createPagePolicy } from './page/page-shell.ts';
import type { CommonSettings } from './settings.ts';
import type { SimulatorContext } from './start-simulator.ts';

/** The parts that every simulator has. `R`: requests, `E`: events, `F`: faults. */
export interface CommonDeps<R, E, F extends AnyFault> extends Pick<SimulatorContext, 'host' | 'closing'> {
  readonly settings: CommonSettings;
  readonly journal: {
    readonly revision: number;
    requests(): R[];
    events(): E[];
    clear(): void;
  };
  readonly faults: Pick<Faults<F>, 'schema' | 'revision' | 'current' | 'set'>;
}

/** The routes of a platform. `D`: the parts of the simulator that routes and page use. */
export interface PlatformRoutes<D> {
  /** Mounts the routes. `ownPage` guards the further pages of the simulator itself. */
  mount(app: Hono<Env>, deps: D, ownPage: MiddlewareHandler<Env>): void;
  readonly page: SimulatorPage<NoInfer<D>>;
  /** Called after `DELETE /journal`. */
  onClear?(deps: D): void;
}

/**
 * Creates the routes of a simulator: those of the platform, its page, its journal and its faults.
 * @param run identifies this run of the simulator in the revision of the page.
 */
export function createSimulatorApp<D, R, E, F extends AnyFault>(
  { page, ...platform }: PlatformRoutes<D>,
  deps: D & CommonDeps<R, E, F>,
  run: string,
): Hono<Env> {
  const { host, closing, settings, journal, faults } = deps;
  const app = new Hono<Env>();
  const ownPage = createOwnPageGuard(host);
  app.use(rejectHead(() => listMethods(app)));
  platform.mount(app, deps, ownPage);

  app.get('/', ownPage, async (c) => {
    const revision = `"${run}-${faults.revision}-${journal.revision}-${page.getState(c, deps)}"`;
    if (c.req.header('if-none-match') === revision) return c.body(null, 304, { etag: revision });
    const nonce = randomBytes(16).toString('base64');
    const body = await page.render(c, { url: new URL(c.req.url).origin, nonce, revision }, deps);
    const headers = { etag: revision, 'content-security-policy': createPagePolicy(nonce) };
    return toHttpResponse({ status: 200, headers, body });
  });

  app.get('/journal', ownPage, () => toHttpResponse({ status: 200, body: { requests: journal.requests() } }));
  app.delete('/journal', ownPage, () => {
    journal.clear();
    platform.onClear?.(deps);
    return toHttpResponse({ status: 204 });
  });
  app.get('/journal/events', ownPage, () => toHttpResponse({ status: 200, body: { events: journal.events() } }));

  app.get('/faults', ownPage, () => toHttpResponse({ status: 200, body: faults.current() }));
  app.post('/faults', ownPage, (c) =>
    receiveSetting(c, settings, {
      schema: faults.schema,
      code: 'BadFault',
      rule: 'Send a JSON object with a `mode`',
      set: (fault) => {
        faults.set(fault);
        return faults.current();
      },
    }),
  );

  for (const [path, methods] of listMethods(app)) app.all(path, notAllowed(methods));
  app.notFound(() => toHttpResponse({ status: 404 }));
  app.onError(createErrorHandler(closing));
  return app;
}
