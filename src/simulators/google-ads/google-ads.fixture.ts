import { onTestFinished } from 'vitest';
import { type GoogleAdsSimulator, type GoogleAdsSimulatorOptions, startGoogleAdsSimulator } from './simulator.ts';

/** Starts simulators and sends events to them. For use in tests. */

export const now = Date.UTC(2026, 10, 27, 9, 30);
export const emailHash = 'd6117306485ed0e50afab3ac871e98f81699151f30281527d63ff5f233656c69';
export const purchaseAction = '987654321';

/** Starts a simulator at a fixed time; it closes after the test. */
export async function start(options: GoogleAdsSimulatorOptions = {}): Promise<GoogleAdsSimulator> {
  let last = 0;
  const newId = () => {
    last += 1;
    return `request-${last}`;
  };
  const simulator = await startGoogleAdsSimulator({ port: 0, now: () => now, newId, ...options });
  onTestFinished(simulator.close);
  return simulator;
}

/** Exchanges a refresh token. Returns the access token. */
export async function exchange({ url }: GoogleAdsSimulator): Promise<string> {
  const fields = { grant_type: 'refresh_token', client_id: 'c', client_secret: 's', refresh_token: 'r' };
  const response = await fetch(`${url}/token`, { method: 'POST', body: new URLSearchParams(fields) });
  const { access_token: token }: { access_token: string } = JSON.parse(await response.text());
  return token;
}

/** Returns an event that is accepted, with the given members changed. Undefined removes one. */
export const createEvent = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  transactionId: 'A-1001',
  eventTimestamp: '2026-11-27T09:00:00.000Z',
  eventSource: 'WEB',
  conversionValue: 59.9,
  currency: 'EUR',
  adIdentifiers: { gclid: 'Cj0KCQ.example' },
  userData: { userIdentifiers: [{ emailAddress: emailHash }] },
  consent: { adUserData: 'CONSENT_GRANTED', adPersonalization: 'CONSENT_GRANTED' },
  ...changes,
});

export const createDestination = (changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  operatingAccount: { accountType: 'GOOGLE_ADS', accountId: '1234567890' },
  productDestinationId: purchaseAction,
  ...changes,
});

interface Sent {
  readonly token?: string;
  readonly destinations?: readonly unknown[];
  /** Members of the body in addition to events and destinations. */
  readonly root?: Readonly<Record<string, unknown>>;
  readonly body?: string;
}

/** Sends events. Without a token it exchanges one. */
export async function send(google: GoogleAdsSimulator, events: readonly unknown[], sent: Sent = {}): Promise<Response> {
  const { token = await exchange(google), destinations = [createDestination()], root, body } = sent;
  return fetch(`${google.url}/v1/events:ingest`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: body ?? JSON.stringify({ destinations, encoding: 'HEX', events, ...root }),
  });
}

/** Asks for the verdict on a request. */
export async function askStatus(google: GoogleAdsSimulator, requestId: string): Promise<Response> {
  const headers = { authorization: `Bearer ${await exchange(google)}` };
  return fetch(`${google.url}/v1/requestStatus:retrieve?requestId=${requestId}`, { headers });
}

/** Reports a conversion as the browser's tag does. */
export function sendBeacon({ url }: GoogleAdsSimulator, parameters: Readonly<Record<string, string>> = {}): Promise<Response> {
  const query = new URLSearchParams({ label: 'AbC', oid: 'A-1001', value: '59.9', currency_code: 'EUR', ...parameters });
  return fetch(`${url}/pagead/conversion/123456789/?${query}`);
}
