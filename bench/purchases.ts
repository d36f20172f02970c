import { z } from 'zod';
import { createPurchase } from './events.ts';
import { RawHttpClient } from './raw-http-client.ts';

/** The target of a load client. */
export const loadTarget = z.object({
  url: z.url(),
  secretKey: z.string(),
  eventsPerRequest: z.int(),
  /** Makes the ids of this call unique. */
  run: z.string(),
});

/** Creates and sends requests of new purchases. */
export interface Purchases {
  open(): Promise<RawHttpClient>;
  /** Sends the next request and returns its last event's id. Rejects unless all events are acknowledged as new. */
  send(client: RawHttpClient): Promise<{ readonly lastId: string; readonly mustClose: boolean }>;
}

/** Returns events of about 1 KB that differ in their id. They are created once and filled in, so that they cost little. */
export function createPurchases({ url, secretKey, eventsPerRequest, run }: z.output<typeof loadTarget>): Purchases {
  const { hostname, port, host } = new URL(url);
  const commonHeaders = `host: ${host}\r\nauthorization: Bearer ${secretKey}`;
  const head = `POST /v1/events HTTP/1.1\r\n${commonHeaders}\r\ncontent-type: application/json\r\n`;
  const [before = '', after = ''] = JSON.stringify(createPurchase('@id@', 7, Date.now()))
    .replace('"orderId":"@id@"', '"orderId":"1001"')
    .split('@id@');
  const accepted = `"accepted":${eventsPerRequest},`;
  let count = 0;
  return {
    open: () => RawHttpClient.open(hostname, Number(port)),
    async send(client) {
      const events = Array.from({ length: eventsPerRequest }, () => `${before}${run}-${++count}${after}`);
      const lastId = `${run}-${count}`;
      const body = `{"events":[${events.join(',')}]}`;
      const response = await client.exchange(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
      if (!response.startsWith('HTTP/1.1 202 ') || !response.includes(accepted)) {
        throw new Error(`Not acknowledged as new: ${response.slice(0, 500)}`);
      }
      return { lastId, mustClose: /^connection: close/im.test(response) };
    },
  };
}
