import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { z } from 'zod';
import { estimateJsonBytes } from './events-api/estimate-json-size.ts';
import type { Body } from './events-api/events-endpoint.ts';
import { answerEvents } from './events-api/events-endpoint.ts';
import type { Answer } from './events-api/responses.ts';
import type { Fault } from './faults.ts';
import { corruptResponse, Faults, faultResponse, faultSchema, rejectedEvents } from './faults.ts';
import { isOwnHost } from './host-guard.ts';
import type { Reply } from './http-io.ts';
import { readRequest, send, sendTruncated } from './http-io.ts';
import type { Goal } from './journal/event-goals.ts';
import { Goals, goalsSchema } from './journal/event-goals.ts';
import type { JournalRequest } from './journal/journal.ts';
import { Journal } from './journal/journal.ts';
import type { JournalEvent } from './journal/journal-event.ts';
import { page, pagePolicy, readView } from './page/page.ts';
import type { Preset, Settings } from './settings.ts';
import { settingsFor } from './settings.ts';
import type { IdSync } from './tag/id-sync.ts';
import { onePixel, readIdSync } from './tag/id-sync.ts';
import { readBeacon, readParameters } from './tag/parse-beacon.ts';
import { tagScript } from './tag/tag-script.ts';

export interface MicrosoftSimulatorOptions {
  readonly host?: string;
  /** 0: any that is free. */
  readonly port?: number;
  /** Token by tag. Absent or empty: every well-formed tag with any token is let in. */
  readonly tokens?: Readonly<Record<string, string>>;
  /** Absent: `defaultGoals`. */
  readonly goals?: readonly Goal[];
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
  /** What `GET /journal/syncs` says, oldest first. */
  journalSyncs(): IdSync[];
  clearJournal(): void;
  /** Sets what `POST /faults` sets; without an argument only tells. */
  faults(fault?: Fault): Fault;
  /** Replaces what `POST /goals` replaces; without an argument only tells. */
  goals(goals?: readonly Goal[]): readonly Goal[];
  /** Cuts what is open, hanging requests included. */
  close(): Promise<void>;
}

/** Pages of any site may load it, and so may those that let in only what says that it may be. */
const forEverySite = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' };
const scriptHeaders = { ...forEverySite, 'content-type': 'text/javascript; charset=utf-8' };

/** What pages of any site load, from whatever name leads here. */
const openToAll = new Set(['/bat.js', '/action/0', '/c.gif']);
const strangersHost: Reply = {
  status: 403,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: 'The address names another host than the simulator listens on. Open it as localhost, or start the simulator with that host.\n',
};

/**
 * Starts a stand-in for Microsoft's Conversions API and its browser tag on its own port, with everything in memory.
 *
 * @throws as `listen` does: the port is taken, the host is not ours.
 */
export async function startMicrosoftSimulator(options: MicrosoftSimulatorOptions = {}): Promise<MicrosoftSimulator> {
  const { host = '127.0.0.1', now = Date.now, newId = randomUUID } = options;
  const settings = settingsFor(options.preset, options.overrides);
  const given = Object.entries(options.tokens ?? {});
  const tokens = given.length === 0 ? undefined : new Map(given);
  const goals = new Goals(options.goals);
  const journal = new Journal(settings, goals);
  const faults = new Faults();
  const closing = new AbortController();
  const run = newId();
  const tag = Buffer.from(tagScript(settings));
  let changes = 0;

  const setFault = (fault: Fault): void => {
    faults.set(fault);
    changes += 1;
  };

  async function events(request: IncomingMessage, response: ServerResponse, tagId: string): Promise<void> {
    if (request.method !== 'POST') return send(response, { status: settings.statuses.wrongMethod, headers: { allow: 'POST' } });
    const body = await readRequest(request, settings);
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
    if (fault?.mode === 'truncated') return sendTruncated(response, answer);
    send(response, answer);
  }

  function answerTo(request: IncomingMessage, tagId: string, body: Body, fault: Fault | undefined): Answer {
    const traceId = newId().replaceAll('-', '');
    const instead = fault === undefined ? undefined : faultResponse(fault, settings, traceId);
    if (instead !== undefined) return instead;
    const { authorization, 'content-type': contentType } = request.headers;
    const answer = answerEvents(
      { tagId, authorization, contentType, body },
      { settings, tokens, now: now(), traceId, refuses: rejectedEvents(fault) },
    );
    return fault === undefined ? answer : corruptResponse(answer, fault);
  }

  const setGoals = (next: readonly Goal[]): void => {
    goals.set(next);
    changes += 1;
  };

  /** Reads one of the simulator's own switches, sets it and tells it; `code` names what a bad one is. */
  async function receiveSwitch<T>(
    request: IncomingMessage,
    response: ServerResponse,
    { schema, code, rule, set }: { schema: z.ZodType<T>; code: string; rule: string; set: (value: T) => object },
  ): Promise<void> {
    const body = await readRequest(request, settings);
    const read = schema.safeParse('json' in body ? body.json : undefined);
    if (read.success) return send(response, { status: 200, body: set(read.data) });
    const issues = read.error.issues.map(({ path, code, message }) => ({ field: path.join('.'), code, message }));
    const message = `Nothing was set. ${rule}, and see the issues.`;
    return send(response, { status: 400, body: { error: { code, message, issues } } });
  }

  function receiveFault(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const set = (fault: Fault): Fault => {
      setFault(fault);
      return faults.present();
    };
    return receiveSwitch(request, response, {
      schema: faultSchema,
      code: 'BadFault',
      rule: 'Send a JSON object with a `mode`',
      set,
    });
  }

  function receiveGoals(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const set = (given: { goals: readonly Goal[] }): object => {
      setGoals(given.goals);
      return { goals: goals.present() };
    };
    return receiveSwitch(request, response, {
      schema: goalsSchema,
      code: 'BadGoals',
      rule: 'Send {"goals":[{"name":"Purchase","action":"purchase"}]}',
      set,
    });
  }

  function receiveBeacon(query: string, response: ServerResponse): void {
    const beacon = readBeacon(readParameters(query, settings));
    const isKnownTag = tokens === undefined || tokens.has(beacon.tagId);
    const bytes = query.length + (estimateJsonBytes(beacon.parameters.items ?? '') ?? 0);
    journal.addBeacon({ now: now(), beacon, bytes, isKnownTag });
    send(response, { status: 204, headers: forEverySite });
  }

  function receiveSync(query: string, response: ServerResponse): void {
    journal.addSync(now(), readIdSync(readParameters(query, settings)), query.length);
    send(response, { status: 200, headers: { ...forEverySite, 'content-type': 'image/gif' }, body: onePixel });
  }

  async function showPage(request: IncomingMessage, response: ServerResponse, query: string): Promise<void> {
    const view = readView(query);
    const revision = `"${run}-${changes}-${journal.revision}-${view}"`;
    if (request.headers['if-none-match'] === revision) {
      response.writeHead(304, { etag: revision }).end();
      return;
    }
    const nonce = randomBytes(16).toString('base64');
    const body = await page(journal, { url, fault: faults.present(), goals: goals.present(), view, nonce, revision });
    send(response, {
      status: 200,
      headers: { etag: revision, 'content-security-policy': pagePolicy(nonce) },
      body,
    });
  }

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const address = request.url ?? '';
    const [path = ''] = address.split('?', 1);
    const query = address.slice(path.length + 1);
    const tagId = /^\/v1\/([^/]*)\/events$/.exec(path)?.[1];
    if (tagId !== undefined) return events(request, response, tagId);
    const routes: Record<string, Record<string, () => void | Promise<void>>> = {
      '/': { GET: () => showPage(request, response, query) },
      '/bat.js': { GET: () => send(response, { status: 200, headers: scriptHeaders, body: tag }) },
      '/action/0': { GET: () => receiveBeacon(query, response) },
      '/c.gif': { GET: () => receiveSync(query, response) },
      '/journal': {
        GET: () => send(response, { status: 200, body: { requests: journal.requests() } }),
        DELETE: () => {
          journal.clear();
          send(response, { status: 204 });
        },
      },
      '/journal/events': { GET: () => send(response, { status: 200, body: { events: journal.events() } }) },
      '/journal/syncs': { GET: () => send(response, { status: 200, body: { syncs: journal.syncs() } }) },
      '/faults': {
        GET: () => send(response, { status: 200, body: faults.present() }),
        POST: () => receiveFault(request, response),
      },
      '/goals': {
        GET: () => send(response, { status: 200, body: { goals: goals.present() } }),
        POST: () => receiveGoals(request, response),
      },
    };
    const methods = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (methods === undefined) return send(response, { status: 404 });
    const method = request.method ?? '';
    const reply = Object.hasOwn(methods, method) ? methods[method] : undefined;
    if (reply === undefined) return send(response, { status: 405, headers: { allow: Object.keys(methods).join(', ') } });
    if (!openToAll.has(path) && !isOwnHost(request.headers.host, host)) return send(response, strangersHost);
    // A page of another site must not reach the simulator's switches through the reader's browser.
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
    journalSyncs: () => journal.syncs(),
    clearJournal: () => journal.clear(),
    faults: (fault) => {
      if (fault !== undefined) setFault(fault);
      return faults.present();
    },
    goals: (given) => {
      if (given !== undefined) setGoals(given);
      return goals.present();
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
