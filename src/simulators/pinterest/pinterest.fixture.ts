import { onTestFinished } from 'vitest';
import { type PinterestSimulator, type PinterestSimulatorOptions, startPinterestSimulator } from './simulator.ts';

/** Starts simulators and posts events to them. For use in tests. */

export const nowSeconds = 1_790_000_000;
export const account = '549755885175';
export const token = 'pina_exampletoken';
export const tagId = '2612345678901';
export const emailHash = '86414fc670c4dc46f3a093dfed106c955866d2f94670a24fe577371fec288495';
export const agent = 'Mozilla/5.0 (X11; Linux x86_64)';

/** Starts a simulator at a fixed time; it closes after the test. */
export async function start(options: PinterestSimulatorOptions = {}): Promise<PinterestSimulator> {
  const simulator = await startPinterestSimulator({ port: 0, now: () => nowSeconds * 1_000, ...options });
  onTestFinished(simulator.close);
  return simulator;
}

/** Returns an event that is processed, with the given members changed. Undefined removes one. */
export const createEvent = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  event_name: 'lead',
  action_source: 'web',
  event_time: nowSeconds,
  event_id: 'lead-1',
  user_data: { em: [emailHash] },
  ...changes,
});

export const createPurchase = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> =>
  createEvent({
    event_name: 'checkout',
    event_id: 'ord-1001',
    custom_data: { value: '129.9', currency: 'EUR', order_id: '1001' },
    ...changes,
  });

interface Sent {
  readonly path?: string;
  readonly authorization?: string | null;
  readonly method?: string;
  readonly body?: string;
}

export function post({ url }: PinterestSimulator, events: readonly unknown[], sent: Sent = {}): Promise<Response> {
  const { path = `/v5/ad_accounts/${account}/events`, authorization = `Bearer ${token}`, method = 'POST' } = sent;
  const headers = { 'content-type': 'application/json', ...(authorization === null ? {} : { authorization }) };
  const body = sent.body ?? JSON.stringify({ data: events });
  return fetch(`${url}${path}`, { method, headers, ...(method === 'POST' ? { body } : {}) });
}

/** Reports an event as the browser's tag does. */
export function sendBeacon(
  { url }: PinterestSimulator,
  data: Readonly<Record<string, unknown>>,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const query = new URLSearchParams({ event: 'checkout', tid: tagId, ed: JSON.stringify(data), ...parameters });
  return fetch(`${url}/v3/?${query}`, { headers: { 'user-agent': agent } });
}
