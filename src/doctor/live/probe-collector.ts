import { request } from 'undici';
import { z } from 'zod';
import { testEventName } from '../../event/event-names.ts';

/** Requests to the collector from this machine, through all its proxies. A `problem` is the reason for a missing response, such as `ECONNREFUSED`. */

export interface PixelResponse {
  readonly status: number;
  readonly type: string;
  readonly etag?: string;
  /** Whether the script contains the write key, as Convey's pixel does. */
  readonly hasKey: boolean;
  /** The effective value of unknown consent in this machine's country, as set in the pixel. */
  readonly silence?: 'granted' | 'denied';
  /** The time from the start of the request to the end of the response, including the handshake. */
  readonly tookMs: number;
}

export interface EventResponse {
  readonly status: number;
  /** The `Set-Cookie` headers. */
  readonly setCookies: readonly string[];
  readonly allowOrigin?: string;
  /** Whether the response has a visitor id. The gateway sends one, with cookies, if consent counts as granted. */
  readonly namesVisitor: boolean;
}

export interface PlainResponse {
  readonly status: number;
  readonly location?: string;
}

export interface NoResponse {
  readonly problem: string;
}

const timeoutMs = 10_000;
const maxBytes = 1024 * 1024;

export async function fetchPixel(url: URL, writeKey: string, agent: string): Promise<PixelResponse | NoResponse> {
  const startedAt = performance.now();
  return catchProblem(async () => {
    const { statusCode, headers, body } = await request(url, { ...bounds(), headers: { 'user-agent': agent } });
    const text = await readBounded(body);
    const silence = /"silence":"(granted|denied)"/.exec(text)?.[1];
    const etag = first(headers.etag);
    return {
      status: statusCode,
      type: first(headers['content-type']) ?? '',
      ...(etag !== undefined && { etag }),
      hasKey: text.includes(`"${writeKey}"`),
      ...((silence === 'granted' || silence === 'denied') && { silence }),
      tookMs: performance.now() - startedAt,
    };
  });
}

/** Requests the URL over plain http, without following redirects. */
export async function fetchOverHttp(url: URL, agent: string): Promise<PlainResponse | NoResponse> {
  return catchProblem(async () => {
    const plain = new URL(url);
    plain.protocol = 'http:';
    const { statusCode, headers, body } = await request(plain, { ...bounds(), headers: { 'user-agent': agent } });
    await body.dump();
    const location = first(headers.location);
    return { status: statusCode, ...(location !== undefined && { location }) };
  });
}

/** An event without personal data or value, with the user agent of a bot. */
export interface TestEvent {
  readonly id: string;
  readonly writeKey: string;
  /** The page's origin, as a browser sends it. */
  readonly origin: string;
  /** The user agent of a bot, so that the event is stored and not sent. */
  readonly agent: string;
  /** Headers that a client could forge. */
  readonly forged?: Readonly<Record<string, string>>;
}

const answerSchema = z.object({ visitorId: z.string().nullish() });

export async function postTestEvent(
  url: URL,
  { id, writeKey, origin, agent, forged }: TestEvent,
): Promise<EventResponse | NoResponse> {
  return catchProblem(async () => {
    const { statusCode, headers, body } = await request(url, {
      ...bounds(),
      method: 'POST',
      headers: { 'content-type': 'text/plain;charset=UTF-8', 'user-agent': agent, origin, ...forged },
      body: JSON.stringify({
        writeKey,
        events: [
          { id, name: testEventName, page: { url: origin }, consent: { adStorage: 'granted', source: 'call', explicit: true } },
        ],
      }),
    });
    const answer = answerSchema.safeParse(readJson(await readBounded(body)));
    const allowOrigin = first(headers['access-control-allow-origin']);
    return {
      status: statusCode,
      setCookies: [headers['set-cookie'] ?? []].flat(),
      ...(allowOrigin !== undefined && { allowOrigin }),
      namesVisitor: typeof answer.data?.visitorId === 'string',
    };
  });
}

function bounds() {
  return { signal: AbortSignal.timeout(timeoutMs), headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
}

async function catchProblem<T>(send: () => Promise<T>): Promise<T | NoResponse> {
  try {
    return await send();
  } catch (error) {
    if (!(error instanceof Error)) return { problem: 'unknown' };
    if (error.name === 'TimeoutError') return { problem: `no response within ${timeoutMs / 1_000} s` };
    return { problem: 'code' in error && typeof error.code === 'string' ? error.code : error.message };
  }
}

async function readBounded(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function first(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.[0];
}
