import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { routes } from '../../src/api/routes.ts';
import { openSqliteLog } from '../../src/storage/log/sqlite-log.ts';
import { eventually, makeFolder, secretKey, startGatewayProcess, startSink, writeKey } from '../gateway.fixture.ts';

/** The webhook secrets of the shop: the present and the previous one. */
export const shopSecrets = ['shpss_0123456789abcdef', 'shpss_before_0123456789'] as const;

export function signBody(body: Uint8Array, secret: string = shopSecrets[0]): string {
  return createHmac('sha256', secret).update(body).digest('base64');
}

/** Longer than the 5 s for which `/metrics` caches its response. */
const metricsCacheMs = 5_500;

export interface JsonResponse {
  readonly status: number;
  /** The error code, if the response is an error in the documented form. */
  readonly code: string | undefined;
  readonly body: unknown;
}

/** A route that accepts JSON, with a valid body around a hostile value. */
export interface JsonRoute {
  readonly name: string;
  send(body: Uint8Array): Promise<JsonResponse>;
  /** Returns the body before and after the value. Each call returns a new event. */
  createWrapper(): readonly [before: string, after: string];
}

/**
 * Returns an error handler for requests that the server may reject before it has read the whole body. The client can then see a closed
 * connection instead of the response, and the handler returns `status`. Later requests show that the gateway still runs. @throws any other
 * error.
 */
export function treatDropAs(status: number): (error: unknown) => JsonResponse {
  return (error) => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'UND_ERR_SOCKET' && code !== 'ECONNRESET' && code !== 'EPIPE') throw error;
    return { status, code: 'connection-closed', body: undefined };
  };
}

/** Starts a gateway in a separate process. Returns it with all routes that accept JSON. */
export async function startTargetGateway(collector: Readonly<Record<string, unknown>> = {}) {
  const folder = makeFolder();
  const sink = await startSink();
  const site = { consent: { policy: 'granted' }, webhooks: { secrets: shopSecrets } };
  const gateway = await startGatewayProcess(folder.writeConfig(sink.url, { site, collector }));
  const [, dashboard = ''] = /"dashboard":"([^"]+)"/.exec(gateway.output()) ?? [];
  const agent = new Agent({ connections: 16 });
  const socket = new Agent({ connections: 4, connect: { socketPath: join(folder.dataDir, 'admin.sock') } });
  let createdCount = 0;
  let readAt = Number.NEGATIVE_INFINITY;
  const createSender =
    (url: string, headers: (body: Uint8Array) => Record<string, string>, { dispatcher = agent, method = 'POST' } = {}) =>
    async (body: Uint8Array): Promise<JsonResponse> => {
      const response = await request(url, { method, body, headers: headers(body), dispatcher });
      const text = await response.body.text();
      const json = parseJson(text);
      return { status: response.statusCode, code: getErrorCode(json), body: json };
    };

  const readMetric = async (name: string): Promise<number> => {
    const response = await request(`${dashboard}/metrics`, { dispatcher: agent });
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await response.body.text())?.[1]);
  };

  const collectorRoutes: readonly JsonRoute[] = [
    {
      name: 'POST /v1/events',
      send: createSender(`${gateway.url}/v1/events`, () => ({ authorization: `Bearer ${secretKey}` })),
      createWrapper: () => [`{"events":[{"name":"Lead","id":"v-${createdCount++}","properties":{"v":`, '}}]}'],
    },
    {
      name: 'POST /e',
      send: createSender(`${gateway.url}/e`, () => ({ 'content-type': 'text/plain' })),
      createWrapper: () => [
        `{"writeKey":"${writeKey}","events":[{"name":"Lead","id":"e-${createdCount++}","properties":{"v":`,
        '}}]}',
      ],
    },
    {
      name: 'POST /hooks/shopify',
      send: createSender(`${gateway.url}/hooks/shopify/shop`, (body) => ({
        'x-shopify-hmac-sha256': signBody(body),
        'x-shopify-topic': 'orders/create',
      })),
      createWrapper: () => {
        const order = `"id":${createdCount++},"checkout_token":"t-${createdCount}","total_price":"1.00","currency":"USD"`;
        return [`{${order},"line_items":[{"id":1,"title":"Clock","v":`, '}]}'];
      },
    },
    {
      name: 'POST /hooks/woocommerce',
      send: createSender(`${gateway.url}/hooks/woocommerce/shop`, (body) => ({
        'x-wc-webhook-signature': signBody(body),
        'x-wc-webhook-topic': 'order.created',
      })),
      createWrapper: () => [
        `{"id":${createdCount++},"status":"processing","total":"1.00","currency":"USD","meta_data":[{"key":"k","value":`,
        '}]}',
      ],
    },
  ];
  const adminRoutes: readonly JsonRoute[] = Object.entries(routes).flatMap(([name, { body }]) => {
    const [method = '', path = ''] = name.split(' ');
    if (method === 'GET' || Object.keys(body.shape).length === 0) return [];
    const url = `http://admin${path.replace(':site', 'shop').replaceAll(/:\w+/g, 'x')}`;
    const createWrapper = () => ['{"settings":{"v":', '}}'] as const;
    return [{ name, send: createSender(url, () => ({}), { dispatcher: socket, method }), createWrapper }];
  });
  const signInRoutes: readonly JsonRoute[] = ['session', 'setup'].map((name) => ({
    name: `POST /api/${name} at the dashboard`,
    send: createSender(`${dashboard}/api/${name}`, () => ({ 'convey-request': '1', 'content-type': 'application/json' })),
    createWrapper: () => ['{"name":"owner","password":', '}'],
  }));

  return {
    url: gateway.url,
    dashboard,
    /** Waits until the gateway prints the token for the first account of the dashboard. */
    async waitForSetupToken(): Promise<string> {
      let token: string | undefined;
      await eventually(() => {
        [, token] = /\/setup#([\w-]+)/.exec(gateway.output()) ?? [];
        return token !== undefined;
      });
      return token ?? '';
    },
    collectorRoutes,
    adminRoutes: [...adminRoutes, ...signInRoutes],
    /** Returns the maximum event loop delay of the gateway since the last call, in ms. Waits until the metrics cache has expired. */
    async readMaxLoopDelayMs(): Promise<number> {
      await sleep(Math.max(0, readAt + metricsCacheMs - performance.now()));
      const seconds = await readMetric('nodejs_eventloop_lag_max_seconds');
      readAt = performance.now();
      return seconds * 1_000;
    },
    /** Returns the resident memory of the gateway. */
    readResidentBytes: () => readMetric('process_resident_memory_bytes'),
    async close(): Promise<void> {
      await Promise.all([agent.close(), socket.close()]);
      await gateway.kill();
      await sink.close();
      folder.remove();
    },
    /** Stops the gateway. Returns the text of each stored record, and the same text after a JSON parse and serialization. */
    async stopAndReadRecords(): Promise<readonly { readonly text: string; readonly reserialized: string }[]> {
      await gateway.stop();
      const log = await openSqliteLog(join(folder.dataDir, 'log.db'), { now: Date.now });
      const records = [];
      try {
        for (const partition of (await log.heads()).keys()) {
          for (let after = ''; ; ) {
            const page = await log.read(partition, after, { records: 1_000, bytes: 16_000_000 });
            for (const { body } of page.records) {
              // The gateway removes the body of an event whose hold for consent ended without it.
              if ('redacted' in body) continue;
              const text = 'bytes' in body ? new TextDecoder('utf-8', { fatal: true }).decode(body.bytes) : 'corrupt';
              records.push({ text, reserialized: reserialize(text) });
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

/** Runs `work` for each item, at most `concurrency` at the same time. */
export async function forEachConcurrently<T>(
  items: Iterable<T>,
  concurrency: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const iterator = items[Symbol.iterator]();
  const worker = async () => {
    for (let next = iterator.next(); !next.done; next = iterator.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

function reserialize(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return 'not JSON';
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function getErrorCode(json: unknown): string | undefined {
  const error: unknown = typeof json === 'object' && json !== null && 'error' in json ? json.error : undefined;
  const code: unknown = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}
