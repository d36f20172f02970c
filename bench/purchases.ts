import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { createPopulation, dataKind, type EventValues, numberedValues } from './population.ts';
import { RawHttpClient } from './raw-http-client.ts';
import { createWay, gaps, wayNames } from './ways.ts';

/** The target of a load client. */
export const loadTarget = z.object({
  url: z.url(),
  /** Further gateways on the same database. Each connection belongs to the next gateway in turn. */
  otherUrls: z.array(z.url()).default([]),
  /** One per site: its key, or the secret of a webhook. Each request belongs to the next site in turn. */
  secretKeys: z.array(z.string()).min(1),
  eventsPerRequest: z.int(),
  data: dataKind,
  way: z.enum(wayNames).default('events'),
  /** Makes numbered ids of this call unique. */
  run: z.string(),
});

/** Creates and sends requests of new purchases. */
export interface Purchases {
  open(): Promise<RawHttpClient>;
  /** Sends the next request and returns its last event's id and its site's number. Rejects unless all events are acknowledged as new. */
  send(client: RawHttpClient): Promise<{ readonly lastId: string; readonly site: number; readonly mustClose: boolean }>;
}

const retryAfterMs = 1_000;
const gap = /@(\w+)@/;

/** Returns purchases of about 1 KB. Their text is created once and filled in, so that they cost little. */
export function createPurchases({
  url,
  otherUrls,
  secretKeys,
  eventsPerRequest,
  data,
  way,
  run,
}: z.output<typeof loadTarget>): Purchases {
  const { host } = new URL(url);
  const servers = [url, ...otherUrls].map((one) => new URL(one));
  const { path, sign, event, wrap, accepted, toEventId } = createWay(way, eventsPerRequest);
  const head = `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n`;
  const fill = createFiller(JSON.stringify(event));
  const population = createPopulation();
  const visitor = numberedValues('', 7);
  let count = 0;
  let requests = 0;
  let connections = 0;
  const next = (): EventValues =>
    data === 'random' ? population.next() : { ...visitor, id: `${run}-${++count}`, order: '1001' };
  return {
    open() {
      const { hostname, port } = servers[connections++ % servers.length] ?? new URL(url);
      return RawHttpClient.open(hostname, Number(port));
    },
    async send(client) {
      const values = Array.from({ length: eventsPerRequest }, next);
      const body = wrap(values.map(fill).join(','));
      const site = requests++ % secretKeys.length;
      const proof = sign(secretKeys[site] ?? '', body);
      const request = `${head}${proof}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
      let response = await client.exchange(request);
      // A gateway whose disk is slow refuses for a moment. The wait is part of the measured time.
      while (response.startsWith('HTTP/1.1 503 ')) {
        await sleep(retryAfterMs);
        response = await client.exchange(request);
      }
      if (!accepted.every((part) => response.includes(part))) {
        throw new Error(`Not acknowledged as new: ${response.slice(0, 500)}`);
      }
      return { lastId: toEventId(values.at(-1)?.id ?? ''), site, mustClose: /^connection: close/im.test(response) };
    },
  };
}

/** Returns a function that puts values into the gaps of a text. */
function createFiller(text: string): (values: EventValues) => string {
  const [start = '', ...rest] = text.split(gap);
  const isField = (name: string | undefined): name is keyof EventValues => name !== undefined && Object.hasOwn(gaps, name);
  const pieces = rest.flatMap((name, index) =>
    index % 2 === 0 && isField(name) ? [{ name, after: rest[index + 1] ?? '' }] : [],
  );
  return (values) => pieces.reduce((filled, { name, after }) => filled + values[name] + after, start);
}
