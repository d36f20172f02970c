import type { Context } from 'hono';
import { z } from 'zod';
import { defineSimulator } from '../kit/define-simulator.ts';
import { type Fields, isFields } from '../kit/fields.ts';
import { parseBody, readBytes } from '../kit/http/read-body.ts';
import type { Reply } from '../kit/http/reply.ts';
import type { Env } from '../kit/http/routes.ts';
import { isSilentFault, sendFaulty, toAnswered } from '../kit/http/send-faulty.ts';
import type { ComparedEvent } from '../kit/simulator.ts';
import type { SimulatorContext, SimulatorOptions } from '../kit/start-simulator.ts';
import { webhookDemo } from './demo.ts';
import { createFaults } from './faults.ts';
import { Journal, type JournalMessage } from './journal.ts';
import { formatValue, page } from './page/page.ts';
import { defaultSecret, defaults, type Settings } from './settings.ts';
import { findForgery, type MessageHeaders, readMessageHeaders } from './verify.ts';

export type WebhookSimulatorOptions = SimulatorOptions<Settings>;

const secretPattern = /^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/;
const optionValues = z.object({ secret: z.array(z.string()).optional() });

/** A receiver of signed webhooks. */
export const webhookSimulator = defineSimulator({
  id: 'webhook',
  name: 'Webhook',
  description: 'Simulate a receiver of signed webhooks.',
  options: [
    {
      flags: '--secret <secret>',
      description: `a secret that it verifies; repeatable for a rotation (default: ${defaultSecret})`,
      parse: {
        read: (text, before) => (secretPattern.test(text) ? [...(Array.isArray(before) ? before : []), text] : undefined),
        message: 'A --secret is not whsec_ and base64',
        remedy: 'Create one with: echo "whsec_$(openssl rand -base64 32)"',
      },
    },
  ],
  readOptions(values): WebhookSimulatorOptions {
    const { secret } = optionValues.parse(values);
    return { overrides: { ...(secret && { secrets: secret }) } };
  },
  platformPaths: /^\/receive$/,
  createDeps,
  mount(app, deps) {
    app.post('/receive', (c) => receive(c, deps));
  },
  page,
  compare,
  demo: webhookDemo,
  usage: (url) => [
    `Set a connection's \`url\` to ${url}/receive, its \`secrets\` to ["${defaultSecret}"] unless you gave another,`,
    'and `allowPrivateDestinations` to true.',
  ],
});

export const startWebhookSimulator = webhookSimulator.start;

function createDeps(context: SimulatorContext, { overrides }: WebhookSimulatorOptions) {
  const settings = { ...defaults, ...overrides };
  return { ...context, settings, journal: new Journal(settings), faults: createFaults() };
}

type Deps = ReturnType<typeof createDeps>;

/** Handles one message: verifies it, and confirms it once it is stored. */
async function receive(c: Context<Env>, { settings, journal, faults, now, closing }: Deps): Promise<Response> {
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
    : faults.answer(fault, undefined, () =>
        'problem' in judged ? judged.problem : { status: 200, body: { received: true, ...(isRepeat && { isRepeat }) } },
      );
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

function compare({ type, eventId, at, reports, why }: JournalMessage): ComparedEvent {
  return {
    eventId,
    eventName: type.replace(/^event\./, ''),
    at,
    label: 'received',
    tone: 'good',
    isMerged: false,
    value: formatValue(reports[0]?.event.data),
    why,
    server: reports.map(({ event, warnings }) => ({ event: summarize(event), warnings: warnings.length })),
  };
}

/** Returns the parts of a message that platforms receive too. */
function summarize({ type, data }: Fields): Fields {
  const { id, time, source, identity, commerce } = isFields(data) ? data : {};
  const { forms, externalId, anonymousId } = isFields(identity) ? identity : {};
  const { emailPlain: email, phoneDigits: phone } = isFields(forms) ? forms : {};
  // The collector corrects a browser's clock by some milliseconds.
  const at = Math.floor(Number(time) / 1_000);
  const parts = { type, id, at, source, email, phone, externalId, anonymousId, commerce };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}
