import { createServer } from 'node:http';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { z } from 'zod';
import { getSiteTags } from '../destinations/site-tags.ts';
import type { Site } from '../event/site.ts';
import { readPixel } from '../gateway/built-assets.ts';
import { OwnPageSessions } from '../gateway/ingest/page-sessions.ts';
import { createCollectorDeps, createMemoryLog } from '../ingest/collector.fixture.ts';
import { createCollectorApp } from '../ingest/collector.ts';
import { startHttpServer } from '../ingest/http/http-server.ts';
import { shop } from '../ingest/site.fixture.ts';

/** The built pixel on real pages, with the real collector and an event log in memory. */

const eventSchema = z.looseObject({
  name: z.string(),
  id: z.string(),
  time: z.number(),
  consent: z.looseObject({ stated: z.string(), effective: z.string() }),
  identity: z.looseObject({ forms: z.record(z.string(), z.string()), anonymousId: z.string().optional() }),
  page: z.looseObject({
    url: z.string().optional(),
    title: z.string().optional(),
    loadId: z.string().optional(),
    browserTags: z.record(z.string(), z.string()).optional(),
  }),
  commerce: z.looseObject({}),
});

export function buildSnippet(script: string): string {
  return `<script>!function(c,o,n){c[n]=c[n]||function(){(c[n].q=c[n].q||[]).push(arguments)};var s=o.createElement('script');s.async=1;s.src='${script}';o.head.appendChild(s)}(window,document,'convey');</script>`;
}

/** Serves every path as a page with the snippet and the path's entry in `bodies`. */
export async function startShop(site: Partial<Site> = {}) {
  const log = createMemoryLog();
  const bodies: Record<string, string> = {};
  /** `at` is in Unix milliseconds. */
  const requests: { readonly at: number; readonly body: string; readonly type: string | undefined }[] = [];
  /** Responses that replace the collector's, oldest first; `drop` cuts the connection. */
  const answers: ({ readonly status: number; readonly headers?: Record<string, string> } | 'drop')[] = [];

  let held: Promise<void> | undefined;
  const sessions = new OwnPageSessions(Date.now);

  const front = new Hono<{ Bindings: HttpBindings }>();
  front.post('/e', async (c, next) => {
    const [hold, at] = [held, Date.now()];
    requests.push({ at, body: await c.req.raw.clone().text(), type: c.req.header('content-type') });
    const answer = answers.shift();
    if (answer === undefined) {
      await next();
      await hold;
      return;
    }
    if (answer === 'drop') c.env.incoming.socket.destroy();
    const { status, headers } = answer === 'drop' ? { status: 500 } : answer;
    const cors = { 'access-control-allow-origin': c.req.header('origin') ?? '*', 'access-control-allow-credentials': 'true' };
    return new Response('{}', { status, headers: { ...cors, 'access-control-expose-headers': 'Retry-After', ...headers } });
  });
  front.route(
    '/',
    createCollectorApp({
      ...createCollectorDeps(log),
      now: Date.now,
      newId: () => crypto.randomUUID(),
      getSiteTags,
      hasPageSession: (id) => sessions.isOpen(id),
      onSeenEvents: (...seen) => sessions.take(...seen),
      sites: () => [{ ...shop, domains: ['127.0.0.1'], ...site }],
      pixel: { ...readPixel(), path: '/p.js' },
    }),
  );
  const served = await startHttpServer(front, { host: '127.0.0.1', port: 0 });
  const script = `http://127.0.0.1:${served.port}/p.js?k=${shop.writeKey}`;
  const pages = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://shop').pathname;
    const body = bodies[path] ?? '';
    // A page of `localhost` has its gateway there, too.
    const [host = ''] = (request.headers.host ?? '').split(':');
    const ownScript = script.replace('127.0.0.1', host);
    const head = `<!doctype html><title>Page ${path}</title><meta name="keywords" content="clocks, wall">`;
    response.setHeader('content-type', 'text/html; charset=utf-8').end(`${head}${buildSnippet(ownScript)}${body}`);
  });
  await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
  const address = pages.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const records = () => log.stored().flatMap(({ partition, body }) => (partition === 'shop' ? [eventSchema.parse(body)] : []));
  return {
    url: `http://127.0.0.1:${port}`,
    script,
    bodies,
    /** The sessions of the dashboard. */
    sessions,
    requests,
    answers,
    /** Delays all further responses until `release`. The requests are still handled at once. */
    holdAnswers() {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      const release = () => {
        held = undefined;
        resolve();
      };
      return { release };
    },
    /** Returns the accepted events in order. */
    events: () => records().filter(({ name }) => !name.startsWith('$')),
    /** Returns the tallies of the accepted events in order. */
    tallies: log.tallies,
    signals: () => records().filter(({ name }) => name.startsWith('$')),
    async close() {
      pages.closeAllConnections();
      await new Promise((resolve) => pages.close(resolve));
      await served.close(0);
    },
  };
}
