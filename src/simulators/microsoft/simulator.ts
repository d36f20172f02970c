import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './answers.ts';
import type { Body } from './capi.ts';
import { answerEvents, readBody } from './capi.ts';
import type { Fault } from './faults.ts';
import { answerInstead, Faults, faultSchema, refusedBy, spoil } from './faults.ts';
import type { JournalEvent, JournalRequest } from './journal.ts';
import { Journal } from './journal.ts';
import { page, pagePolicy } from './page.ts';
import type { Preset, Settings } from './settings.ts';
import { settingsFor } from './settings.ts';

export interface MicrosoftSimulatorOptions {
  readonly host?: string;
  /** 0: any that is free. */
  readonly port?: number;
  /** Token by tag. Absent or empty: every well-formed tag with any token is let in. */
  readonly tokens?: Readonly<Record<string, string>>;
  readonly preset?: Preset;
  readonly overrides?: Partial<Settings>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly newId?: () => string;
}

export interface MicrosoftSimulator {
  /** Without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** What `GET /journal` says, oldest first. */
  journal(): JournalRequest[];
  /** What `GET /journal/events` says, in the order of first arrival. */
  journalEvents(): JournalEvent[];
  clearJournal(): void;
  /** Sets what `POST /faults` sets; without an argument only tells. */
  faults(fault?: Fault): Fault;
  /** Cuts what is open, hanging requests included. */
  close(): Promise<void>;
}

/**
 * Starts a stand-in for Microsoft's Conversions API on its own port, with everything in memory.
 *
 * @throws as `listen` does: the port is taken, the host is not ours.
 */
export async function startMicrosoftSimulator(options: MicrosoftSimulatorOptions = {}): Promise<MicrosoftSimulator> {
  const { host = '127.0.0.1', now = Date.now, newId = randomUUID } = options;
  const settings = settingsFor(options.preset, options.overrides);
  const given = Object.entries(options.tokens ?? {});
  const tokens = given.length === 0 ? undefined : new Map(given);
  const journal = new Journal(settings);
  const faults = new Faults();
  const closing = new AbortController();
  const run = newId();
  let changes = 0;

  const setFault = (fault: Fault): void => {
    faults.set(fault);
    changes += 1;
  };

  async function events(request: IncomingMessage, response: ServerResponse, tagId: string): Promise<void> {
    if (request.method !== 'POST') return send(response, { status: settings.statuses.wrongMethod, headers: { allow: 'POST' } });
    const body = await receive(request, settings);
    const json = 'json' in body ? body.json : null;
    const fault = faults.meet(tagId, json);
    const silent = fault?.mode === 'hang' || fault?.mode === 'reset';
    const answer = silent ? undefined : answerTo(request, tagId, body, fault);
    journal.add({
      now: now(),
      tagId,
      hasToken: request.headers.authorization !== undefined,
      body: json,
      bodyBytes: body.bytes,
      fault: fault?.mode ?? 'ok',
      answered: silent || fault?.mode === '200-then-drop' ? 'none' : fault?.mode === 'truncated' ? 'part' : 'whole',
      answer,
    });
    if (fault?.mode === 'hang') return;
    if (fault?.mode === 'reset') request.socket.resetAndDestroy();
    if (fault?.mode === '200-then-drop') request.socket.destroy();
    if (answer === undefined || request.socket.destroyed) return;
    if (fault?.mode === 'slow') await sleep(settings.slowMs, undefined, { signal: closing.signal });
    if (fault?.mode === 'truncated') return sendHalf(response, answer);
    send(response, answer);
  }

  function answerTo(request: IncomingMessage, tagId: string, body: Body, fault: Fault | undefined): Answer {
    const traceId = newId().replaceAll('-', '');
    const instead = fault === undefined ? undefined : answerInstead(fault, settings, traceId);
    if (instead !== undefined) return instead;
    const { authorization, 'content-type': contentType } = request.headers;
    const answer = answerEvents(
      { tagId, authorization, contentType, body },
      { settings, tokens, now: now(), traceId, refuses: refusedBy(fault) },
    );
    return fault === undefined ? answer : spoil(answer, fault);
  }

  async function receiveFault(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await receive(request, settings);
    const fault = faultSchema.safeParse('json' in body ? body.json : undefined);
    if (fault.success) {
      setFault(fault.data);
      return send(response, { status: 200, body: faults.present() });
    }
    const issues = fault.error.issues.map(({ path, code, message }) => ({ field: path.join('.'), code, message }));
    const message = 'The fault was not set. Send a JSON object with a `mode`, and see the issues.';
    return send(response, { status: 400, body: { error: { code: 'BadFault', message, issues } } });
  }

  async function showPage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const revision = `"${run}-${changes}-${journal.revision}"`;
    if (request.headers['if-none-match'] === revision) {
      response.writeHead(304, { etag: revision }).end();
      return;
    }
    const nonce = randomBytes(16).toString('base64');
    const body = await page(journal, { url, fault: faults.present(), nonce, revision });
    send(response, {
      status: 200,
      headers: { etag: revision, 'content-security-policy': pagePolicy(nonce) },
      body,
    });
  }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path = ''] = (request.url ?? '').split('?', 1);
    const tagId = /^\/v1\/([^/]*)\/events$/.exec(path)?.[1];
    if (tagId !== undefined) return events(request, response, tagId);
    const routes: Record<string, Record<string, () => void | Promise<void>>> = {
      '/': { GET: () => showPage(request, response) },
      '/journal': {
        GET: () => send(response, { status: 200, body: { requests: journal.requests() } }),
        DELETE: () => {
          journal.clear();
          send(response, { status: 204 });
        },
      },
      '/journal/events': { GET: () => send(response, { status: 200, body: { events: journal.events() } }) },
      '/faults': {
        GET: () => send(response, { status: 200, body: faults.present() }),
        POST: () => receiveFault(request, response),
      },
    };
    const methods = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (methods === undefined) return send(response, { status: 404 });
    const method = request.method ?? '';
    const reply = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (reply === undefined) return send(response, { status: 405, headers: { allow: Object.keys(methods).join(', ') } });
    // A page of another site must not reach the journal's and the faults' switches through the reader's browser.
    if (method !== 'GET' && request.headers['sec-fetch-site'] === 'cross-site') return send(response, { status: 403 });
    await reply();
  }

  const server = createServer((request, response) => {
    route(request, response).catch(() => {
      if (closing.signal.aborted || request.destroyed || response.headersSent) response.destroy();
      else
        send(response, {
          status: 500,
          body: { error: { code: 'SimulatorFault', message: 'The simulator met a fault of its own. Please report it.' } },
        });
    });
  });
  server.listen(options.port ?? 9090, host);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `http://${reachable(host)}:${port}`;

  return {
    url,
    port,
    journal: () => journal.requests(),
    journalEvents: () => journal.events(),
    clearJournal: () => journal.clear(),
    faults: (fault) => {
      if (fault !== undefined) setFault(fault);
      return faults.present();
    },
    close: async () => {
      if (closing.signal.aborted) return;
      closing.abort();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}

/** Reads to the end even what is too large, so that the sender gets to read the answer; the excess is not kept. */
async function receive(request: IncomingMessage, { maxBodyBytes, maxBodyDepth }: Settings): Promise<Body> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes <= maxBodyBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return bytes > maxBodyBytes ? { bytes: 0, problem: 'too-large' } : readBody(Buffer.concat(chunks), maxBodyDepth);
}

/** An object goes as JSON, a string as HTML. */
interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object | string | null;
}

function send(response: ServerResponse, reply: Reply): void {
  response.end(start(response, reply));
}

/** Promises the whole answer, sends half of it and hangs up. */
function sendHalf(response: ServerResponse, reply: Reply): void {
  const bytes = start(response, reply);
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.socket?.end());
}

/** Sends the status and the headers; returns the body's bytes. */
function start(response: ServerResponse, { status, headers, body = null }: Reply): Buffer {
  const type = typeof body === 'string' ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8';
  const bytes = Buffer.from(typeof body === 'string' ? body : body === null ? '' : JSON.stringify(body));
  response.writeHead(status, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(body === null ? {} : { 'content-type': type }),
    ...(status === 204 ? {} : { 'content-length': String(bytes.length) }),
    ...headers,
  });
  return bytes;
}
