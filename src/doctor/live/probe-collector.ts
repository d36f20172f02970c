import { request } from 'undici';
import { z } from 'zod';
import { testEventName } from '../../event/event-names.ts';

/** What the collector answers to this machine, past every proxy before it. A `problem` is why there was no answer: `ECONNREFUSED`. */

export interface PixelAnswer {
  readonly status: number;
  readonly type: string;
  readonly etag?: string;
  /** It holds this write key, as Convey's pixel does. */
  readonly hasKey: boolean;
  /** What silence about consent counts as for this machine's country, as the pixel was told. */
  readonly silence?: 'granted' | 'denied';
  /** From the first byte sent to the last one read, with the handshake. */
  readonly tookMs: number;
}

export interface EventAnswer {
  readonly status: number;
  /** Every `Set-Cookie` as it came. */
  readonly setCookies: readonly string[];
  readonly allowOrigin?: string;
  /** The gateway counts the consent as granted, so that it sets cookies. */
  readonly namesVisitor: boolean;
}

export interface PlainAnswer {
  readonly status: number;
  readonly location?: string;
}

export interface NoResponse {
  readonly problem: string;
}

const timeoutMs = 10_000;
const longestBytes = 1024 * 1024;

export async function fetchPixel(url: URL, writeKey: string, agent: string): Promise<PixelAnswer | NoResponse> {
  const begun = performance.now();
  return orProblem(async () => {
    const { statusCode, headers, body } = await request(url, { ...bounds(), headers: { 'user-agent': agent } });
    const text = await bounded(body);
    const silence = /"silence":"(granted|denied)"/.exec(text)?.[1];
    const etag = first(headers.etag);
    return {
      status: statusCode,
      type: first(headers['content-type']) ?? '',
      ...(etag !== undefined && { etag }),
      hasKey: text.includes(`"${writeKey}"`),
      ...((silence === 'granted' || silence === 'denied') && { silence }),
      tookMs: performance.now() - begun,
    };
  });
}

/** The same address over plain http, without following where it leads. */
export async function fetchOverHttp(url: URL, agent: string): Promise<PlainAnswer | NoResponse> {
  return orProblem(async () => {
    const plain = new URL(url);
    plain.protocol = 'http:';
    const { statusCode, headers, body } = await request(plain, { ...bounds(), headers: { 'user-agent': agent } });
    await body.dump();
    const location = first(headers.location);
    return { status: statusCode, ...(location !== undefined && { location }) };
  });
}

/** One event that names nobody, has no value, and says that whoever sends it is a bot. */
export interface TestEvent {
  readonly id: string;
  readonly writeKey: string;
  /** Of the page, as its browser would say it. */
  readonly origin: string;
  /** A bot's, so that the event is kept and not sent. */
  readonly agent: string;
  /** What a client could write to be taken for another. */
  readonly forged?: Readonly<Record<string, string>>;
}

const answerSchema = z.object({ visitorId: z.string().nullish() });

export async function postTestEvent(
  url: URL,
  { id, writeKey, origin, agent, forged }: TestEvent,
): Promise<EventAnswer | NoResponse> {
  return orProblem(async () => {
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
    const answer = answerSchema.safeParse(readJson(await bounded(body)));
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

async function orProblem<T>(ask: () => Promise<T>): Promise<T | NoResponse> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof Error)) return { problem: 'unknown' };
    if (error.name === 'TimeoutError') return { problem: `no answer within ${timeoutMs / 1_000} s` };
    return { problem: 'code' in error && typeof error.code === 'string' ? error.code : error.message };
  }
}

async function bounded(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > longestBytes) break;
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
