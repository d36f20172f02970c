import { onTestFinished } from 'vitest';
import { startTiktokSimulator, type TiktokSimulator, type TiktokSimulatorOptions } from './simulator.ts';

/** Starts simulators and posts events to them. For use in tests. */

export const nowSeconds = 1_790_000_000;
export const pixel = 'C4ABCDEF0123456789AB';
export const token = 'tt-example-token';
export const emailHash = '9042facd1da0a0cccf21100f98a3e63b546a8cc164ec31212e08fe07ffe7ab03';
export const agent = 'Mozilla/5.0 (X11; Linux x86_64)';

/** Starts a simulator at a fixed time; it closes after the test. */
export async function start(options: TiktokSimulatorOptions = {}): Promise<TiktokSimulator> {
  const simulator = await startTiktokSimulator({
    port: 0,
    now: () => nowSeconds * 1_000,
    newId: () => 'b0d1f2c3-4a5e-4f0f',
    ...options,
  });
  onTestFinished(simulator.close);
  return simulator;
}

type Given = Readonly<Record<string, unknown>>;

/** Returns an event that is accepted, with the given members changed. Undefined removes one. */
export const createEvent = (changes: Given = {}): Record<string, unknown> => ({
  event: 'Lead',
  event_time: nowSeconds,
  event_id: 'lead-1',
  user: { email: emailHash },
  page: { url: 'https://shop.example/thanks' },
  ...changes,
});

export const createPurchase = (changes: Given = {}): Record<string, unknown> =>
  createEvent({
    event: 'Purchase',
    event_id: 'purchase-1001',
    properties: { value: 129.9, currency: 'EUR', order_id: '1001' },
    ...changes,
  });

interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  /** Members of the body in addition to those of a request of the site. */
  readonly root?: Given;
  readonly body?: string;
}

export function post({ url }: Pick<TiktokSimulator, 'url'>, data: unknown, sent: Sent = {}): Promise<Response> {
  const body = sent.body ?? JSON.stringify({ event_source: 'web', event_source_id: pixel, data, ...sent.root });
  const headers = { 'content-type': 'application/json', 'access-token': token, ...sent.headers };
  return fetch(`${url}/open_api/v1.3/event/track/`, { method: 'POST', headers, body });
}

/** Reports an event as the browser's tag does. */
export function sendBeacon({ url }: Pick<TiktokSimulator, 'url'>, members: Given): Promise<Response> {
  const body = JSON.stringify({ pixel_code: pixel, event: 'Purchase', timestamp: nowSeconds * 1_000, ...members });
  return fetch(`${url}/api/v2/pixel`, { method: 'POST', headers: { 'user-agent': agent }, body });
}
