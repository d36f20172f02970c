import type { Context, Hono } from 'hono';
import { type Fields, isFields } from '../kit/fields.ts';
import { parseBody, readBytes } from '../kit/http/read-body.ts';
import type { Reply } from '../kit/http/reply.ts';
import type { Env } from '../kit/http/routes.ts';
import { isSilentFault, sendFaulty, toAnswered } from '../kit/http/send-faulty.ts';
import { parseView } from '../kit/page/event-views.ts';
import { createSimulatorApp } from '../kit/simulator-app.ts';
import {
  createContext,
  type RunningSimulator,
  type SimulatorContext,
  type SimulatorOptions,
  startSimulator,
} from '../kit/start-simulator.ts';
import { createFaults, type Fault, replaceResponse } from './faults.ts';
import { Journal, type JournalMessage, type JournalRequest } from './journal.ts';
import { renderPage, views } from './page/page.ts';
import { defaults, type Settings } from './settings.ts';
import { findForgery, type MessageHeaders, readMessageHeaders } from './verify.ts';

export type WebhookSimulatorOptions = SimulatorOptions<Settings>;

/** Starts a receiver of signed webhooks on its own port, with all data in memory. */
export function startWebhookSimulator(
  options: WebhookSimulatorOptions = {},
): Promise<RunningSimulator<JournalRequest, JournalMessage, Fault>> {
  return startSimulator(createWebhookSimulator(options), options);
}

/** Creates the receiver without a port. */
export function createWebhookSimulator({ overrides, ...options }: Omit<WebhookSimulatorOptions, 'port'>) {
  const { context, close } = createContext(options);
  const deps = { ...context, settings: { ...defaults, ...overrides }, faults: createFaults() };
  const journal = new Journal(deps.settings);
  return { app: createApp({ ...deps, journal }), journal, faults: deps.faults, close };
}

interface AppDeps extends SimulatorContext {
  readonly settings: Settings;
  readonly journal: Journal;
  readonly faults: ReturnType<typeof createFaults>;
}

function createApp(deps: AppDeps): Hono<Env> {
  const { settings, journal, faults, host, closing } = deps;
  const getView = (c: Context<Env>) => parseView(views, c.req.query('show'));
  return createSimulatorApp({
    host,
    closing,
    limits: settings,
    run: deps.newId(),
    journal,
    faults,
    methods: { '/receive': 'POST' },
    mount(app) {
      app.post('/receive', (c) => receive(c, deps));
    },
    getPageState: getView,
    renderPage: (c, page) => renderPage(journal, { ...page, fault: faults.current(), view: getView(c) }),
  });
}

/** Handles one message: verifies it, and confirms it once it is stored. */
async function receive(c: Context<Env>, { settings, journal, faults, now, closing }: AppDeps): Promise<Response> {
  const bytes = await readBytes(c.env.incoming, settings.maxBodyBytes);
  const headers = readMessageHeaders((name) => c.req.header(name));
  const body = bytes === undefined ? undefined : parseBody(bytes, settings.maxBodyDepth);
  const json = body && 'json' in body ? body.json : null;
  const data = isFields(json) && isFields(json.data) ? json.data : {};
  const fault = faults.consume({ account: '', events: [data] });
  const mode = fault?.mode ?? 'ok';
  const judged = judge(headers, bytes, json, settings, now());
  const isRepeat = headers !== undefined && journal.has(headers.id);
  const answer: Reply | undefined = isSilentFault(mode)
    ? undefined
    : ((fault && replaceResponse(fault)) ??
      ('problem' in judged ? judged.problem : { status: 200, body: { received: true, ...(isRepeat && { isRepeat }) } }));
  const isStored = answer?.status === 200 && mode !== 'html' && 'message' in judged;
  // A ping is answered and not stored as a message.
  const message = isStored && judged.message.type !== 'convey.ping' ? judged.message : undefined;
  journal.add({
    now: now(),
    body: json,
    bodyBytes: bytes?.length ?? 0,
    fault: mode,
    answered: toAnswered(mode),
    sent: isStored && message === undefined ? 0 : 1,
    headers,
    answer: answer && { status: answer.status, body: typeof answer.body === 'string' ? answer.body : toObject(answer.body) },
    message,
  });
  return sendFaulty(c.env, mode, answer, { slowMs: settings.slowMs, closing });
}

const toObject = (body: Reply['body']): object | null => (isFields(body) ? body : null);

function judge(
  headers: MessageHeaders | undefined,
  bytes: Uint8Array | undefined,
  json: unknown,
  { secrets }: Settings,
  now: number,
): { readonly problem: Reply } | { readonly message: Fields } {
  const fail = (status: number, error: string) => ({ problem: { status, body: { error } } });
  if (bytes === undefined) return fail(413, 'The message is too large.');
  if (headers === undefined) return fail(400, 'A header is missing: webhook-id, webhook-timestamp or webhook-signature.');
  const forgery = findForgery(headers, bytes, secrets, now);
  if (forgery !== undefined) return fail(401, forgery);
  if (!isFields(json) || !isFields(json.data))
    return fail(400, 'The body must be an object with `type`, `timestamp` and `data`.');
  if (typeof json.type !== 'string' || !/^\w+(?:\.\w+)+$/.test(json.type)) return fail(400, 'The type must be dotted.');
  if (Number.isNaN(Date.parse(String(json.timestamp)))) return fail(400, 'The timestamp must be ISO 8601.');
  return { message: json };
}
