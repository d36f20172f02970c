import { createVerify, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { defineDestination } from '../src/destinations/kit/define-destination.ts';
import type { EventResult, HttpRequest, ResponseVerdict } from '../src/destinations/kit/destination.ts';
import { parseJsonOrUndefined } from '../src/destinations/kit/response-body.ts';
import type { Issue } from '../src/event/issue.ts';
import { dayMs, minuteMs } from '../src/event/units.ts';

const refused: Issue = { field: 'settings.key', code: 'refused', message: 'Ledger refuses the key. Copy it again.' };
const unreadable: Issue = { field: 'response', code: 'unreadable', message: 'Ledger gave no ticket.' };
const bodySchema = z.object({ action: z.string().optional(), events: z.array(z.json()) });
const ticketSchema = z.object({ ticket: z.string() });
const tokenSchema = z.object({ access_token: z.string(), expires_in: z.number() });
const verdictSchema = z.object({ results: z.array(z.enum(['ok', 'bad'])).nullable() });
const payloadSchema = z.strictObject({ id: z.string(), action: z.string() });

/**
 * An invented platform that needs everything that Microsoft does not: one conversion action in each request, an access token for a signed
 * assertion, and a verdict that comes later.
 */
export const ledger = defineDestination({
  id: 'ledger',
  name: 'Ledger',
  summary: 'An invented platform with tokens and later verdicts.',
  source: { url: 'https://ledger.example/docs', checked: '2026-11-27' },
  settings: z.strictObject({ endpoint: z.string(), key: z.string().meta({ secret: true }) }),
  payload: payloadSchema,
  limits: () => ({ batchSize: 100, batchBytes: 100_000, maxAgeMs: 30 * dayMs }),
  map: ({ id, name }) => ({ payload: { id, action: name }, issues: [] }),
  group: ({ action }) => action,
  auth: {
    encode({ endpoint, key }, at) {
      const toPart = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
      const input = `${toPart({ alg: 'RS256' })}.${toPart({ iat: Math.floor(at / 1_000) })}`;
      return {
        sign: 'RS256',
        key,
        input,
        seal: (signature) => post(`${endpoint}/token`, { assertion: `${input}.${signature}` }),
      };
    },
    decode({ status, body }) {
      const { data } = tokenSchema.safeParse(parseJsonOrUndefined(body));
      if (status === 200 && data) return { token: data.access_token, livesMs: data.expires_in * 1_000 };
      return status === 400 ? { blocked: refused } : { retry: `Ledger answered ${status}.` };
    },
  },
  encode(texts, { endpoint }, token) {
    const events = texts.map((text) => payloadSchema.parse(JSON.parse(text)));
    return post(`${endpoint}/events`, { action: events[0]?.action, events }, token);
  },
  decode({ status, body }, count): ResponseVerdict {
    if (status === 401) return { blocked: refused, tokenRefused: true };
    if (status !== 200) return { retry: `Ledger answered ${status}.` };
    const { data } = ticketSchema.safeParse(parseJsonOrUndefined(body));
    if (data) return { accepted: { ticket: data.ticket, issues: [] } };
    return { settled: Array.from({ length: count }, () => ({ outcome: 'unverified', issues: [unreadable] })), issues: [] };
  },
  receipt: {
    firstAfterMs: 250,
    giveUpAfterMs: minuteMs,
    encode: (ticket, { endpoint }, token) => ({ ...post(`${endpoint}/verdicts/${ticket}`, {}, token), method: 'GET', body: '' }),
    decode({ status, body }) {
      if (status === 401) return { blocked: refused, tokenRefused: true };
      const { data } = verdictSchema.safeParse(parseJsonOrUndefined(body));
      if (status !== 200 || !data) return { retry: `Ledger answered ${status}.` };
      if (data.results === null) return { still: true };
      const toResult = (result: 'ok' | 'bad'): EventResult =>
        result === 'ok' ? { outcome: 'delivered', issues: [] } : { outcome: 'rejected', issues: [unreadable] };
      return { settled: data.results.map(toResult), issues: [] };
    },
  },
  unpack: (body) => bodySchema.safeParse(parseJsonOrUndefined(body)).data?.events ?? [],
  probe: {
    encode: ({ endpoint }, token) => post(`${endpoint}/probe`, {}, token),
    decode: ({ status }) => (status === 200 ? 'ok' : refused),
  },
  matching: { clickIds: [], browserIds: [], keys: [], isEnough: () => true, harmless: ['id', 'action'] },
  skipTexts: {},
  testEvent: () => ({}),
  whyNot: () => [],
});

function post(url: string, body: unknown, token = ''): HttpRequest {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return { method: 'POST', url, headers, body: JSON.stringify(body) };
}

/** The invented platform's server. */
export class LedgerServer {
  readonly key: string;
  /** The bodies of requests with events. */
  readonly received: { readonly body: string; readonly ids: readonly string[]; readonly status: number }[] = [];
  readonly tokens: string[] = [];
  /** The events of each ticket. */
  readonly #tickets = new Map<string, readonly string[]>();
  /** Ids of the events to refuse; undefined while verdicts are not ready. */
  refusedIds: ReadonlySet<string> | undefined;
  questions = 0;
  /** Refuses the token of the next request with events. */
  refusesNextToken = false;
  readonly #publicKey: string;
  readonly #server = createServer(async (request, response) => {
    const { status, body } = this.#answer(request, await text(request));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2_048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    this.key = privateKey;
    this.#publicKey = publicKey;
  }

  async listen(): Promise<string> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    const { port }: AddressInfo = address;
    return `http://127.0.0.1:${port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #answer({ url = '', headers }: IncomingMessage, body: string): { readonly status: number; readonly body: unknown } {
    if (url === '/token') return this.#exchange(body);
    const isKnown = headers.authorization === `Bearer ${this.tokens.at(-1)}`;
    const isAccepted = isKnown && !(url === '/events' && this.refusesNextToken);
    if (url === '/events') return this.#receive(body, isAccepted);
    if (!isAccepted) return { status: 401, body: { error: headers.authorization } };
    return url.startsWith('/verdicts/') ? this.#judge(url.slice('/verdicts/'.length)) : { status: 200, body: {} };
  }

  #exchange(body: string) {
    const { assertion } = z.object({ assertion: z.string() }).parse(JSON.parse(body));
    const [header = '', claims = '', signature = ''] = assertion.split('.');
    const isGenuine = createVerify('RSA-SHA256').update(`${header}.${claims}`).verify(this.#publicKey, signature, 'base64url');
    if (!isGenuine) return { status: 400, body: { error: 'invalid_grant' } };
    this.tokens.push(`ledger-access-${this.tokens.length + 1}`);
    return { status: 200, body: { access_token: this.tokens.at(-1), expires_in: 3_600 } };
  }

  #receive(body: string, isAccepted: boolean) {
    const ids = z
      .array(payloadSchema)
      .parse(bodySchema.parse(JSON.parse(body)).events)
      .map(({ id }) => id);
    this.refusesNextToken = false;
    this.received.push({ body, ids, status: isAccepted ? 200 : 401 });
    if (!isAccepted) return { status: 401, body: {} };
    const ticket = `ticket-${this.received.length}`;
    this.#tickets.set(ticket, ids);
    return { status: 200, body: { ticket } };
  }

  #judge(ticket: string) {
    this.questions += 1;
    const results = this.refusedIds && this.#tickets.get(ticket)?.map((id) => (this.refusedIds?.has(id) ? 'bad' : 'ok'));
    return { status: 200, body: { results: results ?? null } };
  }
}
