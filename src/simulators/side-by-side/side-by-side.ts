import { randomBytes } from 'node:crypto';
import { Hono } from 'hono';
import { toHttpResponse } from '../kit/http/reply.ts';
import { createOwnPageGuard, type Env } from '../kit/http/routes.ts';
import type { JournalLimits } from '../kit/journal-store.ts';
import { createPagePolicy } from '../kit/page/page-shell.ts';
import type { Simulator } from '../kit/simulator.ts';
import { type RunningServer, startServer } from '../start-server.ts';
import { type ComparedPlatform, renderComparison } from './comparison-page.ts';

interface SideBySideOptions {
  readonly port: number;
  /** The values of each simulator's options, by the simulator's id. */
  readonly values: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Milliseconds since 1970. Default: the machine's clock. */
  readonly now?: () => number;
  /** The limits of each simulator's journal. Default: `journalLimits`. */
  readonly limits?: JournalLimits;
}

export interface SideBySide extends RunningServer {
  readonly platforms: readonly ComparedPlatform[];
}

/**
 * Starts several simulators at one address. `/` compares what each platform would count, `/<id>/` is a simulator's own page, and each
 * platform's API and tag have the platform's paths. Other paths belong to the first simulator.
 */
export async function startSideBySide(
  simulators: readonly Simulator[],
  { port, values, now = Date.now, limits }: SideBySideOptions,
): Promise<SideBySide> {
  const host = '127.0.0.1';
  const platforms = simulators.map(({ id, name, platformPaths, create, demo }) => ({
    id,
    name,
    platformPaths,
    ownConnection: demo.ownConnection,
    simulator: create(values[id] ?? {}, now, limits),
  }));
  const app = new Hono<Env>();
  app.get('/', createOwnPageGuard(host), async (c) => {
    const revision = `"${platforms.map(({ simulator }) => simulator.getRevision()).join('_')}"`;
    if (c.req.header('if-none-match') === revision) return c.body(null, 304, { etag: revision });
    const nonce = randomBytes(16).toString('base64');
    const headers = { etag: revision, 'content-security-policy': createPagePolicy(nonce) };
    return toHttpResponse({ status: 200, headers, body: await renderComparison(platforms, { nonce, revision }) });
  });
  for (const { id, simulator } of platforms) {
    app.get(`/${id}`, (c) => c.redirect(`/${id}/`));
    app.mount(`/${id}`, simulator.app.fetch, { optionHandler: (c) => c.env });
  }
  app.all('*', (c) => {
    const platform = platforms.find(({ platformPaths }) => platformPaths.test(c.req.path)) ?? platforms[0];
    return platform === undefined ? c.notFound() : platform.simulator.app.fetch(c.req.raw, c.env);
  });
  const server = await startServer(app, { host, port });
  return {
    ...server,
    platforms,
    close: async () => {
      for (const { simulator } of platforms) simulator.close();
      await server.close();
    },
  };
}
