import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import { createCollectorDeps, createMemoryLog } from '../collector.fixture.ts';
import { type CollectorDeps, createCollectorApp } from '../collector.ts';
import { startHttpServer } from '../http/http-server.ts';
import { now, shop } from '../site.fixture.ts';

export const page = 'https://www.shop.example';
export const visitorId = '6cb47c00c92011f0a1b2010203040506';
export const msclkid = 'dd4afcccb1c94a4cad9544dd7e5006ab';

/** Starts a collector for the rest of a test. */
export async function startCollector(parts: Partial<CollectorDeps> = {}) {
  const log = createMemoryLog();
  const app = createCollectorApp({ ...createCollectorDeps(log), ...parts });
  const running = await startHttpServer(app, { host: '127.0.0.1', port: 0 });
  onTestFinished(() => running.close(0));
  const call = (path: string, init: RequestInit = {}) => fetch(running.url + path, init);
  /** Posts like a page of the shop; `headers` overrides its headers. */
  const post = async (body: object, headers: Record<string, string | undefined> = {}) => {
    const requestHeaders = Object.entries({ origin: page, 'content-type': 'text/plain;charset=UTF-8', ...headers });
    const answer = await call('/e', {
      method: 'POST',
      body: JSON.stringify({ writeKey: shop.writeKey, sentAt: now, ...body }),
      headers: requestHeaders.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as [string, string]])),
    });
    const json: unknown = await answer.json();
    return { status: answer.status, headers: answer.headers, json, cookies: parseCookies(answer.headers) };
  };
  const events = () => log.stored().flatMap(({ partition, body }) => (partition === 'shop' ? [eventSchema.parse(body)] : []));
  return { url: running.url, log, call, post, events };
}

const eventSchema = z.looseObject({
  name: z.string(),
  id: z.string(),
  time: z.number(),
  consent: z.looseObject({ effective: z.string() }),
  identity: z.looseObject({
    anonymousId: z.string().optional(),
    clickIds: z.record(z.string(), z.object({ value: z.string(), at: z.number() })),
  }),
  client: z.looseObject({}),
  page: z.looseObject({}),
  bot: z.boolean(),
});

/** Returns each cookie's value and its attributes, lower-cased and sorted. */
function parseCookies(headers: Headers): Record<string, { value: string; attributes: string[] }> {
  return Object.fromEntries(
    headers.getSetCookie().map((line) => {
      const [pair = '', ...attributes] = line.split('; ');
      const at = pair.indexOf('=');
      return [pair.slice(0, at), { value: pair.slice(at + 1), attributes: attributes.map((one) => one.toLowerCase()).sort() }];
    }),
  );
}

export const granted = { adStorage: 'granted', source: 'call', explicit: true };
export const denied = { adStorage: 'denied', source: 'call', explicit: true };
export const view = (id: string, more: object = {}) => ({ name: 'PageView', id, time: now, consent: granted, ...more });
export const failure = (status: number, code: string) => ({ status, json: { error: { code, message: expect.any(String) } } });
