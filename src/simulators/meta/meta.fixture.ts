import { onTestFinished } from 'vitest';
import { type MetaSimulator, type MetaSimulatorOptions, startMetaSimulator } from './simulator.ts';

/** Starts simulators and posts events to them. For use in tests. */

export const nowSeconds = 1_790_000_000;
export const dataset = '1234567890123456';
export const token = 'EAAexampletoken';
export const emailHash = 'dbf1912b4cad4df9823f627874244e64b50a6ac550b9cb33b17df671a26679db';
export const agent = 'Mozilla/5.0 (X11; Linux x86_64)';

/** Starts a simulator at a fixed time; it closes after the test. */
export async function start(options: MetaSimulatorOptions = {}): Promise<MetaSimulator> {
  const simulator = await startMetaSimulator({
    port: 0,
    now: () => nowSeconds * 1_000,
    newId: () => 'b0d1f2c3-4a5e-4f0f',
    ...options,
  });
  onTestFinished(simulator.close);
  return simulator;
}

/** Returns an event that is accepted, with the given members changed. Undefined removes one. */
export const createEvent = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  event_name: 'Lead',
  event_time: nowSeconds,
  event_id: 'lead-1',
  action_source: 'website',
  event_source_url: 'https://shop.example/thanks',
  user_data: { em: [emailHash], client_user_agent: agent },
  ...changes,
});

export const createPurchase = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> =>
  createEvent({
    event_name: 'Purchase',
    event_id: 'ord-1001',
    custom_data: { value: 129.9, currency: 'EUR', order_id: '1001' },
    ...changes,
  });

interface Sent {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly authorization?: string | null;
  readonly method?: string;
  /** Members of the body in addition to `data`. */
  readonly root?: Readonly<Record<string, unknown>>;
  readonly body?: string | URLSearchParams;
}

export function post({ url }: MetaSimulator, events: readonly unknown[], sent: Sent = {}): Promise<Response> {
  const { path = `/v26.0/${dataset}/events`, authorization = `Bearer ${token}`, method = 'POST', root } = sent;
  const headers = {
    ...(sent.body instanceof URLSearchParams ? {} : { 'content-type': 'application/json' }),
    ...(authorization === null ? {} : { authorization }),
    ...sent.headers,
  };
  const body = sent.body ?? JSON.stringify({ data: events, ...root });
  return fetch(`${url}${path}`, { method, headers, ...(method === 'POST' ? { body } : {}) });
}

/** Reports an event as the browser's tag does. */
export function sendBeacon({ url }: MetaSimulator, parameters: Readonly<Record<string, string>>): Promise<Response> {
  const query = new URLSearchParams({ id: dataset, ev: 'Purchase', ...parameters });
  return fetch(`${url}/tr/?${query}`, { headers: { 'user-agent': agent } });
}
