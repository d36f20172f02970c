import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { routes } from '../../src/api/routes.ts';
import { openSqliteLog } from '../../src/storage/log/sqlite-log.ts';
import { eventually, makeFolder, secretKey, startGatewayProcess, startSink, writeKey } from '../gateway.fixture.ts';

/** What the shop signs its webhooks with: the present one, and the one before. */
export const shopSecrets = ['shpss_0123456789abcdef', 'shpss_before_0123456789'] as const;

export function signature(body: Uint8Array, secret: string = shopSecrets[0]): string {
  return createHmac('sha256', secret).update(body).digest('base64');
}

/** An answer of `/metrics` is kept for 5 s. */
const keptMs = 5_500;

export interface Heard {
  readonly status: number;
  /** The error's, where the answer is one in the documented form. */
  readonly code: string | undefined;
  readonly body: unknown;
}

/** A route that takes JSON, and where in a whole body of its own a strange value may stand. */
export interface JsonRoute {
  readonly name: string;
  send(body: Uint8Array): Promise<Heard>;
  /** The body before and after the value. No two calls are the same event. */
  around(): readonly [before: string, after: string];
}

/**
 * Who still sends when a refusal leaves may find the line closed instead of hearing it: then it is what `refusedWith` says, and whoever is
 * asked next shows that the gateway still stands. @throws any other error.
 */
export function cutOff(refusedWith: number): (error: unknown) => Heard {
  return (error) => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'UND_ERR_SOCKET' && code !== 'ECONNRESET' && code !== 'EPIPE') throw error;
    return { status: refusedWith, code: 'unheard', body: undefined };
  };
}

/** A gateway in a process of its own, with every route of it that takes JSON. */
export async function startHostile(collector: Readonly<Record<string, unknown>> = {}) {
  const folder = makeFolder();
  const sink = await startSink();
  const site = { consent: { policy: 'granted' }, webhooks: { secrets: shopSecrets } };
  const gateway = await startGatewayProcess(folder.writeConfig(sink.url, { site, collector }));
  const [, dashboard = ''] = /"dashboard":"([^"]+)"/.exec(gateway.output()) ?? [];
  const agent = new Agent({ connections: 16 });
  const socket = new Agent({ connections: 4, connect: { socketPath: join(folder.dataDir, 'admin.sock') } });
  let made = 0;
  let askedAt = Number.NEGATIVE_INFINITY;
  const post =
    (url: string, headers: (body: Uint8Array) => Record<string, string>, { dispatcher = agent, method = 'POST' } = {}) =>
    async (body: Uint8Array): Promise<Heard> => {
      const answer = await request(url, { method, body, headers: headers(body), dispatcher });
      const text = await answer.body.text();
      const json = jsonOf(text);
      return { status: answer.statusCode, code: codeOf(json), body: json };
    };

  const figure = async (name: string): Promise<number> => {
    const answer = await request(`${dashboard}/metrics`, { dispatcher: agent });
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await answer.body.text())?.[1]);
  };

  const collectorRoutes: readonly JsonRoute[] = [
    {
      name: 'POST /v1/events',
      send: post(`${gateway.url}/v1/events`, () => ({ authorization: `Bearer ${secretKey}` })),
      around: () => [`{"events":[{"name":"Lead","id":"v-${made++}","properties":{"v":`, '}}]}'],
    },
    {
      name: 'POST /e',
      send: post(`${gateway.url}/e`, () => ({ 'content-type': 'text/plain' })),
      around: () => [`{"writeKey":"${writeKey}","events":[{"name":"Lead","id":"e-${made++}","properties":{"v":`, '}}]}'],
    },
    {
      name: 'POST /hooks/shopify',
      send: post(`${gateway.url}/hooks/shopify/shop`, (body) => ({
        'x-shopify-hmac-sha256': signature(body),
        'x-shopify-topic': 'orders/create',
      })),
      around: () => {
        const order = `"id":${made++},"checkout_token":"t-${made}","total_price":"1.00","currency":"USD"`;
        return [`{${order},"line_items":[{"id":1,"title":"Clock","v":`, '}]}'];
      },
    },
    {
      name: 'POST /hooks/woocommerce',
      send: post(`${gateway.url}/hooks/woocommerce/shop`, (body) => ({
        'x-wc-webhook-signature': signature(body),
        'x-wc-webhook-topic': 'order.created',
      })),
      around: () => [
        `{"id":${made++},"status":"processing","total":"1.00","currency":"USD","meta_data":[{"key":"k","value":`,
        '}]}',
      ],
    },
  ];
  const admin: readonly JsonRoute[] = Object.entries(routes).flatMap(([name, { body }]) => {
    const [method = '', path = ''] = name.split(' ');
    if (method === 'GET' || Object.keys(body.shape).length === 0) return [];
    const url = `http://admin${path.replace(':site', 'shop').replaceAll(/:\w+/g, 'x')}`;
    const around = () => ['{"settings":{"v":', '}}'] as const;
    return [{ name, send: post(url, () => ({}), { dispatcher: socket, method }), around }];
  });
  const door: readonly JsonRoute[] = ['session', 'setup'].map((name) => ({
    name: `POST /api/${name} at the door`,
    send: post(`${dashboard}/api/${name}`, () => ({ 'convey-request': '1', 'content-type': 'application/json' })),
    around: () => ['{"name":"owner","password":', '}'],
  }));

  return {
    url: gateway.url,
    dashboard,
    /** Makes the first account of the dashboard. Waits until the gateway has printed it. */
    async setupToken(): Promise<string> {
      let token: string | undefined;
      await eventually(() => {
        [, token] = /\/setup#([\w-]+)/.exec(gateway.output()) ?? [];
        return token !== undefined;
      });
      return token ?? '';
    },
    collector: collectorRoutes,
    admin: [...admin, ...door],
    /** The longest that the gateway's loop was held up since this was asked last, in ms. Waits until the metrics are counted anew. */
    async longestHoldUp(): Promise<number> {
      await sleep(Math.max(0, askedAt + keptMs - performance.now()));
      const seconds = await figure('nodejs_eventloop_lag_max_seconds');
      askedAt = performance.now();
      return seconds * 1_000;
    },
    /** What the gateway has of the machine's memory. */
    residentBytes: () => figure('process_resident_memory_bytes'),
    async close(): Promise<void> {
      await Promise.all([agent.close(), socket.close()]);
      await gateway.kill();
      await sink.close();
      folder.remove();
    },
    /** Ends the gateway, and answers what it stored: each record's own bytes, and what they are once they were read and written. */
    async stored(): Promise<readonly { readonly text: string; readonly again: string }[]> {
      await gateway.stop();
      const log = await openSqliteLog(join(folder.dataDir, 'log.db'), { now: Date.now });
      const records = [];
      try {
        for (const partition of (await log.heads()).keys()) {
          for (let after = ''; ; ) {
            const page = await log.read(partition, after, { records: 1_000, bytes: 16_000_000 });
            for (const { body } of page.records) {
              // An event that waited for consent in vain has no body any more.
              if ('redacted' in body) continue;
              const text = 'bytes' in body ? new TextDecoder('utf-8', { fatal: true }).decode(body.bytes) : 'corrupt';
              records.push({ text, again: writtenAgain(text) });
            }
            if (page.records.length === 0) break;
            after = page.lastOffset;
          }
        }
      } finally {
        await log.close();
      }
      return records;
    },
  };
}

/** Does `work` for each, so many at a time. */
export async function eachOf<T>(all: Iterable<T>, atATime: number, work: (one: T) => Promise<void>): Promise<void> {
  const rest = all[Symbol.iterator]();
  const worker = async () => {
    for (let next = rest.next(); !next.done; next = rest.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: atATime }, worker));
}

function writtenAgain(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return 'no JSON';
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function codeOf(json: unknown): string | undefined {
  const error: unknown = typeof json === 'object' && json !== null && 'error' in json ? json.error : undefined;
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
