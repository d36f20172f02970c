import type {
  BoundDestination,
  HttpRequest,
  HttpResponse,
  MappedEvent,
  ReceiptVerdict,
  ResponseVerdict,
} from '../destinations/kit/destination.ts';
import type { Issue, Json } from '../event/issue.ts';
import { dayMs, minuteMs } from '../event/units.ts';
import type { Sender, SendResult } from './sending/http-sender.ts';

export const sampleIssue: Issue = { field: 'data.eventName', code: 'refused', message: 'Use a documented name.' };

/** Returns the result of mapping an event to this payload. */
export function mapTo(payload: Json): Extract<MappedEvent, { readonly payload: unknown }> {
  return { payload, text: JSON.stringify(payload), issues: [] };
}

/**
 * A destination that accepts everything. Payloads have id, value and page. `{"bad":[indexes]}` in a 400 names rows. An event
 * with the property `reject` does not fit its schema.
 */
export const tinyPlatform: BoundDestination = {
  id: 'tiny',
  name: 'Tiny',
  limits: { batchSize: 100, batchBytes: 100_000, maxAgeMs: 7 * dayMs },
  map({ id, commerce, page, properties, consent, reporters }) {
    if (consent.effective === 'denied') return { skip: 'consent-denied', issues: [] };
    if (properties.reject === true) return { reject: [sampleIssue] };
    return mapTo({ id, value: commerce.value ?? null, url: page.url ?? null, reporters: [...reporters] });
  },
  findMisfits: () => [],
  toText: (payload) => JSON.stringify(payload),
  encode: (texts) => ({ method: 'POST', url: 'https://tiny.example/events', headers: {}, body: `[${texts.join(',')}]` }),
  show: (payload) => tinyPlatform.encode([JSON.stringify(payload)]),
  decode(response, count): ResponseVerdict {
    const { status, headers, incomplete } = response;
    if (status === 200 && incomplete === 'cut') return { retry: 'the response was cut off' };
    if (status === 200)
      return { settled: Array.from({ length: count }, () => ({ outcome: 'delivered', issues: [] }) as const), issues: [] };
    if (status === 400) return refusal(response);
    if (status === 413) return { bisect: [] };
    if (status === 401) return { blocked: sampleIssue };
    if (status === 403) return { blocked: sampleIssue, mayBeContent: true };
    return { retry: `status ${status}`, ...(headers['retry-after'] !== undefined && { retryAfter: headers['retry-after'] }) };
  },
  unpack: (body) => JSON.parse(body),
  mask: (payload) => payload,
  matching: { clickIds: [], browserIds: [], keys: [], isEnough: () => true, harmless: [] },
  skipTexts: {},
  testEvent: {},
  isTest: false,
  whyNot: () => [],
  probe: {
    encode: () => ({ method: 'POST', url: 'https://tiny.example/probe', headers: {}, body: '[]' }),
    decode: ({ status }) => (status === 200 ? 'ok' : sampleIssue),
  },
};

/**
 * The tiny platform with an access token: `POST /token` exchanges the credential, and the other requests carry the token. A 401 means that the
 * token was refused.
 */
export const tokenPlatform: BoundDestination = {
  ...tinyPlatform,
  id: 'token',
  auth: {
    encode: (at) => ({ method: 'POST', url: 'https://tiny.example/token', headers: {}, body: `at=${at}` }),
    decode({ status, body, headers }) {
      if (status === 200) {
        const { token, livesMs }: { token: string; livesMs: number } = JSON.parse(body);
        return { token, livesMs };
      }
      if (status === 400) return { blocked: sampleIssue };
      const retryAfter = headers['retry-after'];
      return { retry: `status ${status}`, ...(retryAfter !== undefined && { retryAfter }) };
    },
  },
  encode: (texts, token = '') => ({ ...tinyPlatform.encode(texts), headers: { authorization: `Bearer ${token}` } }),
  decode: (response, count) =>
    response.status === 401 ? { blocked: sampleIssue, tokenRefused: true } : tinyPlatform.decode(response, count),
  probe: {
    encode: (token = '') => ({ ...tinyPlatform.probe.encode(undefined, 0), headers: { authorization: `Bearer ${token}` } }),
    decode: tinyPlatform.probe.decode,
  },
};

/**
 * The tiny platform, which gives its verdicts later: a 202 names a ticket, and `GET /verdict` answers with a verdict as JSON. A 404 means that
 * no verdict will come.
 */
export const laterPlatform: BoundDestination = {
  ...tinyPlatform,
  id: 'later',
  decode(response, count) {
    if (response.status !== 202) return tinyPlatform.decode(response, count);
    const { ticket }: { ticket: string } = JSON.parse(response.body);
    return { accepted: { ticket, issues: [] } };
  },
  receipt: {
    firstAfterMs: 30 * minuteMs,
    giveUpAfterMs: dayMs,
    encode: (ticket, token = '') => ({
      method: 'GET',
      url: `https://tiny.example/verdict?ticket=${ticket}`,
      headers: { authorization: `Bearer ${token}` },
      body: '',
    }),
    decode({ status, body }, count): ReceiptVerdict {
      if (status === 200) return readVerdict(body);
      if (status === 404) {
        const unverified = { outcome: 'unverified', issues: [sampleIssue] } as const;
        return { settled: Array.from({ length: count }, () => unverified), issues: [] };
      }
      return status === 403 ? { blocked: sampleIssue } : { retry: `status ${status}` };
    },
  },
};

function readVerdict(body: string): ReceiptVerdict {
  const verdict: ReceiptVerdict = JSON.parse(body);
  return verdict;
}

export function isQuestion({ url }: HttpRequest): boolean {
  return url.includes('/verdict?');
}

export function isExchange({ url }: HttpRequest): boolean {
  return url.endsWith('/token');
}

function refusal({ body }: HttpResponse): ResponseVerdict {
  const { bad }: { bad: number[] } = JSON.parse(body);
  return bad.length > 0 ? { rejectRows: new Map(bad.map((index) => [index, [sampleIssue]])) } : { bisect: [] };
}

export function buildReply(status: number, body = '', headers: Record<string, string> = {}): SendResult {
  return { response: { status, headers, body, incomplete: false } };
}

/** Returns the ids in a request's body, in order. */
export function getIds({ body }: HttpRequest): string[] {
  const payloads: { id: string }[] = JSON.parse(body);
  return payloads.map(({ id }) => id);
}

/** A sender that records requests and responds with `answer`, which may be replaced at run time. */
export class ScriptedSender implements Sender {
  readonly requests: HttpRequest[] = [];
  /** All ids of requests with a 200 response, in order. */
  readonly accepted: string[] = [];
  answer: (request: HttpRequest, index: number) => SendResult | Promise<SendResult>;

  constructor(answer: (request: HttpRequest, index: number) => SendResult | Promise<SendResult> = () => buildReply(200)) {
    this.answer = answer;
  }

  get probes(): number {
    return this.requests.filter(isProbe).length;
  }

  get deliveries(): readonly HttpRequest[] {
    return this.requests.filter((request) => !isProbe(request) && !isExchange(request) && !isQuestion(request));
  }

  async send(request: HttpRequest): Promise<SendResult> {
    this.requests.push(request);
    const sent = await this.answer(request, this.requests.length - 1);
    if (!isExchange(request) && !isQuestion(request) && 'response' in sent && sent.response.status === 200)
      this.accepted.push(...getIds(request));
    return sent;
  }

  async close(): Promise<void> {}
}

export function isProbe({ url }: HttpRequest): boolean {
  return url.endsWith('/probe');
}
