import { Agent, buildConnector, request as httpRequest } from 'undici';
import type { HttpRequest, HttpResponse } from '../../destinations/kit/destination.ts';
import { explainBlockedUrl, guardedLookup, type Resolve } from '../../net/ssrf-guard.ts';

/**
 * What became of a request.
 * - `response`: the platform answered.
 * - `notSent`: no byte of it reached the platform, so it may be made anew.
 * - `unknown`: bytes left and no answer came; only the same bytes with the same ids may follow.
 */
export type SendResult = { readonly response: HttpResponse } | { readonly notSent: string } | { readonly unknown: string };

export interface Sender {
  send(request: HttpRequest): Promise<SendResult>;
  close(): Promise<void>;
}

export interface SenderOptions {
  /** Loopback and private targets are reached only with this: for the simulator, tests and an operator's own network. */
  readonly allowPrivateDestinations: boolean;
  /** From the first byte to the last of the answer. Default 10 s. */
  readonly timeoutMs?: number;
  readonly userAgent: string;
  /** Names to addresses; the machine's own by default. */
  readonly resolve?: Resolve;
}

export const defaultTimeoutMs = 10_000;
const answerBytes = 64 * 1024;

/** The connection did not come about, TLS included: no byte of a request can have left. */
class NeverConnected extends Error {
  readonly code: string;
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.code = codeOf(cause);
  }
}

/** The one place in Convey that calls a platform: pinned addresses, no redirects, bounded time and answer. */
export function makeSender(options: SenderOptions): Sender {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  // Shorter than the whole, so that a platform nobody reaches ends as not sent rather than in doubt.
  const connect = buildConnector({
    timeout: timeoutMs / 2,
    ...(!options.allowPrivateDestinations && { lookup: guardedLookup(options.resolve) }),
  });
  const agent = new Agent({
    pipelining: 1,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: (target, done) =>
      connect(target, (error, socket) => (error ? done(new NeverConnected(error), null) : done(null, socket))),
  });
  return {
    async send({ method, url, headers, body }) {
      const refused = options.allowPrivateDestinations ? undefined : explainBlockedUrl(url);
      if (refused !== undefined) return { notSent: refused };
      try {
        const answer = await httpRequest(url, {
          method,
          headers: { 'user-agent': options.userAgent, ...headers },
          dispatcher: agent,
          signal: AbortSignal.timeout(timeoutMs),
          ...(method === 'POST' && { body }),
        });
        const read = await readBounded(answer.body);
        return { response: { status: answer.statusCode, headers: flatten(answer.headers), ...read } };
      } catch (error) {
        return error instanceof NeverConnected ? { notSent: error.code } : { unknown: codeOf(error) };
      }
    },
    async close() {
      await agent.destroy();
    },
  };
}

/** At most 64 KiB; an answer that is longer, or that breaks off, is marked incomplete rather than lost. */
async function readBounded(body: AsyncIterable<Uint8Array>): Promise<{ body: string; incomplete: boolean }> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const done = (incomplete: boolean) => ({ body: Buffer.concat(chunks).subarray(0, answerBytes).toString('utf8'), incomplete });
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes > answerBytes) return done(true);
    }
    return done(false);
  } catch {
    return done(true);
  }
}

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'FAILED';
  if (error.name === 'TimeoutError') return 'TIMEOUT';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
