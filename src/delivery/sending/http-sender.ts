import type { Agent } from 'undici';
import type { HttpRequest, HttpResponse } from '../../destinations/kit/destination.ts';
import { loadOnce } from '../../load-once.ts';
import { explainBlockedUrl, guardedLookup, type Resolve } from '../../net/ssrf-guard.ts';

/**
 * The result of sending a request.
 * - `response`: the platform responded.
 * - `notSent`: no byte reached the platform, so the request may be rebuilt.
 * - `unknown`: bytes were sent and no response came. Only the same bytes with the same ids may follow.
 */
export type SendResult = { readonly response: HttpResponse } | { readonly notSent: string } | { readonly unknown: string };

export interface Sender {
  /** Rejects only before a byte of the request was sent. */
  send(request: HttpRequest): Promise<SendResult>;
  close(): Promise<void>;
}

/** A sender that can load its HTTP client before the first request, which a shortage of file descriptors would then not delay. */
export interface HttpSender extends Sender {
  prepare(): Promise<void>;
  /** Gets a file without credentials, of at most `maxBytes`. `failure` is a code. */
  download(url: string, maxBytes: number): Promise<DownloadedFile>;
}

/** A downloaded file. `failure`: why there is none; `isUnreached`: no answer came. */
export type DownloadedFile = { readonly bytes: Uint8Array } | { readonly failure: string; readonly isUnreached?: true };

export interface SenderOptions {
  /** Allows loopback and private targets: for the simulator, tests and an operator's own network. */
  readonly allowPrivateDestinations: boolean;
  /** Returns whether an origin is that of a simulator in this gateway. It has an IP address as its host, so no name is looked up. */
  readonly isSimulator?: (origin: string) => boolean;
  /** Time from the first byte of the request to the last byte of the response. Default: 10 s. */
  readonly timeoutMs?: number;
  readonly userAgent: string;
  /** Loads the HTTP library. */
  readonly loadLibrary?: () => Promise<HttpLibrary>;
  /** Resolves host names. Default: the system resolver. */
  readonly resolve?: Resolve;
}

export const defaultTimeoutMs = 10_000;
/** The most time that a download takes. */
const downloadMs = 60_000;
const defaultResponseBytes = 64 * 1024;

/** The connection was not established, including TLS, so no byte of a request was sent. */
class NeverConnected extends Error {
  readonly code: string;
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.code = getErrorCode(cause);
  }
}

/** Creates the only sender of Convey that calls platforms: pinned addresses, no redirects, limited time and response size. */
export function createSender(options: SenderOptions): HttpSender {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs;
  let opened: HttpClient | undefined;
  const open = loadOnce(async () => {
    opened = await createClient(options, timeoutMs);
    return opened;
  });
  const explainRefusal = (url: string) => {
    const isAllowed = options.allowPrivateDestinations || options.isSimulator?.(URL.parse(url)?.origin ?? '');
    return isAllowed ? undefined : explainBlockedUrl(url);
  };
  return {
    async prepare() {
      await open();
    },
    async download(url, maxBytes) {
      if (explainRefusal(url) !== undefined || !URL.canParse(url)) return { failure: 'address-refused' };
      const { agent, request } = await open();
      try {
        const { statusCode, body } = await request(url, {
          headers: { 'user-agent': options.userAgent },
          dispatcher: agent,
          signal: AbortSignal.timeout(downloadMs),
        });
        const chunks: Uint8Array[] = [];
        let bytes = 0;
        for await (const chunk of body) {
          bytes += chunk.byteLength;
          if (statusCode !== 200) return { failure: `HTTP ${statusCode}`, ...(statusCode >= 500 && { isUnreached: true }) };
          if (bytes > maxBytes) return { failure: 'too-long' };
          chunks.push(chunk);
        }
        return statusCode === 200 ? { bytes: Buffer.concat(chunks) } : { failure: `HTTP ${statusCode}` };
      } catch (error) {
        return { failure: getErrorCode(error), isUnreached: true };
      }
    },
    async send({ method, url, headers, body, maxResponseBytes = defaultResponseBytes }) {
      const refused = explainRefusal(url);
      if (refused !== undefined) return { notSent: refused };
      const { agent, request } = await open();
      try {
        const answer = await request(url, {
          method,
          headers: { 'user-agent': options.userAgent, ...headers },
          dispatcher: agent,
          signal: AbortSignal.timeout(timeoutMs),
          ...(method === 'POST' && { body }),
        });
        const read = await readBounded(answer.body, maxResponseBytes);
        return { response: { status: answer.statusCode, headers: flattenHeaders(answer.headers), ...read } };
      } catch (error) {
        return error instanceof NeverConnected ? { notSent: error.code } : { unknown: getErrorCode(error) };
      }
    },
    async close() {
      await opened?.agent.destroy();
    },
  };
}

type HttpLibrary = Pick<typeof import('undici'), 'Agent' | 'buildConnector' | 'request'>;

interface HttpClient {
  readonly agent: Agent;
  readonly request: HttpLibrary['request'];
}

/** Loads the library, which a gateway without anything to send does not need. */
async function createClient(
  { allowPrivateDestinations, resolve, loadLibrary = () => import('undici') }: SenderOptions,
  timeoutMs: number,
): Promise<HttpClient> {
  const { Agent, buildConnector, request } = await loadLibrary();
  // Shorter than the total timeout, so that an unreachable platform counts as `notSent` instead of `unknown`.
  const connect = buildConnector({
    timeout: timeoutMs / 2,
    ...(!allowPrivateDestinations && { lookup: guardedLookup(resolve) }),
  });
  const agent = new Agent({
    pipelining: 1,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: (target, done) =>
      connect(target, (error, socket) => (error ? done(new NeverConnected(error), null) : done(null, socket))),
  });
  return { agent, request };
}

/** Reads at most a number of bytes. A longer response is marked `too-long`, and one that breaks off before `cut`. */
async function readBounded(
  body: AsyncIterable<Uint8Array>,
  maxResponseBytes: number,
): Promise<Pick<HttpResponse, 'body' | 'incomplete'>> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const done = (incomplete: HttpResponse['incomplete']) => ({
    body: Buffer.concat(chunks).subarray(0, maxResponseBytes).toString('utf8'),
    incomplete,
  });
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes > maxResponseBytes) return done('too-long');
    }
    return done(false);
  } catch {
    return done('cut');
  }
}

function flattenHeaders(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  );
}

function getErrorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'FAILED';
  if (error.name === 'TimeoutError') return 'TIMEOUT';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
