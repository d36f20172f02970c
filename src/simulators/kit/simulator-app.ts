import { randomBytes } from 'node:crypto';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import type { Faults } from './faults.ts';
import type { BodyLimits } from './http/read-body.ts';
import { toHttpResponse } from './http/reply.ts';
import {
  type AllowedMethods,
  createErrorHandler,
  createOwnPageGuard,
  type Env,
  notAllowed,
  receiveSetting,
  rejectHead,
} from './http/routes.ts';
import { createPagePolicy } from './page/page-shell.ts';

/** The values of one rendering of a simulator's page. */
export interface PageRequest {
  /** Origin of the simulator. */
  readonly url: string;
  /** The response's nonce for the style and the script. */
  readonly nonce: string;
  /** Identifies the state that the page shows. */
  readonly revision: string;
}

interface SimulatorAppOptions {
  /** The host that the simulator listens on. */
  readonly host: string;
  readonly limits: BodyLimits;
  /** Aborted when the simulator closes. */
  readonly closing: AbortSignal;
  /** Identifies this run of the simulator in the revision of the page. */
  readonly run: string;
  readonly journal: {
    readonly revision: number;
    requests(): readonly unknown[];
    events(): readonly unknown[];
    clear(): void;
  };
  readonly faults: Pick<Faults<{ readonly mode: string }>, 'schema' | 'revision' | 'current' | 'set'>;
  /** The methods of the platform's paths, and of own pages that other simulators lack. */
  readonly methods: AllowedMethods;
  /** Mounts the routes of the platform. `ownPage` guards the further pages of the simulator itself. */
  mount(app: Hono<Env>, ownPage: MiddlewareHandler<Env>): void;
  /** Returns the parts of the page's state beyond journal and faults, such as the selected view. */
  getPageState(c: Context<Env>): string;
  renderPage(c: Context<Env>, page: PageRequest): Promise<string>;
}

/** Creates the routes of a simulator: those of the platform, its page, its journal and its faults. */
export function createSimulatorApp(options: SimulatorAppOptions): Hono<Env> {
  const { journal, faults, limits } = options;
  const app = new Hono<Env>();
  const ownPage = createOwnPageGuard(options.host);
  const allowedMethods = {
    '/': 'GET',
    '/journal': 'GET, DELETE',
    '/journal/events': 'GET',
    '/faults': 'GET, POST',
    ...options.methods,
  };

  app.use(rejectHead(allowedMethods));
  options.mount(app, ownPage);

  app.get('/', ownPage, async (c) => {
    const revision = `"${options.run}-${faults.revision}-${journal.revision}-${options.getPageState(c)}"`;
    if (c.req.header('if-none-match') === revision) return c.body(null, 304, { etag: revision });
    const nonce = randomBytes(16).toString('base64');
    const body = await options.renderPage(c, { url: new URL(c.req.url).origin, nonce, revision });
    const headers = { etag: revision, 'content-security-policy': createPagePolicy(nonce) };
    return toHttpResponse({ status: 200, headers, body });
  });

  app.get('/journal', ownPage, () => toHttpResponse({ status: 200, body: { requests: journal.requests() } }));
  app.delete('/journal', ownPage, () => {
    journal.clear();
    return toHttpResponse({ status: 204 });
  });
  app.get('/journal/events', ownPage, () => toHttpResponse({ status: 200, body: { events: journal.events() } }));

  app.get('/faults', ownPage, () => toHttpResponse({ status: 200, body: faults.current() }));
  app.post('/faults', ownPage, (c) =>
    receiveSetting(c, limits, {
      schema: faults.schema,
      code: 'BadFault',
      rule: 'Send a JSON object with a `mode`',
      set: (fault) => {
        faults.set(fault);
        return faults.current();
      },
    }),
  );

  for (const [path, methods] of Object.entries(allowedMethods)) app.all(path, notAllowed(methods));
  app.notFound(() => toHttpResponse({ status: 404 }));
  app.onError(createErrorHandler(options.closing));
  return app;
}
