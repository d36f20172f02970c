import { onTestFinished } from 'vitest';
import { type MicrosoftSimulator, type MicrosoftSimulatorOptions, startMicrosoftSimulator } from '../simulator.ts';

/** Calls the advertising API of the simulator over plain HTTP. For use in tests. */

export const startTime = Date.UTC(2026, 10, 27, 10);
export const hour = 3_600_000;
export const tagId = '187012345';
export const click = 'dd4afccc-b1c9-4a4c-ad95-44dd7e5006ab';
const scope = 'https://ads.microsoft.com/msads.manage';
const client = { client_id: 'app', redirect_uri: 'http://127.0.0.1:8081/connect', scope: `openid offline_access ${scope}` };

interface CallOptions {
  readonly method?: string;
  /** Undefined removes a header. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A simulator with a clock, and a user's access token. */
export class ApiClient {
  readonly simulator: MicrosoftSimulator;
  readonly #clock: { now: number };
  token = '';

  constructor(simulator: MicrosoftSimulator, clock: { now: number }) {
    this.simulator = simulator;
    this.#clock = clock;
  }

  get now(): number {
    return this.#clock.now;
  }

  advance(ms: number): void {
    this.#clock.now += ms;
  }

  /** Returns a time so many milliseconds ago, in whole seconds with `Z`. */
  ago(ms: number): string {
    return `${new Date(this.now - ms).toISOString().slice(0, 19)}Z`;
  }

  /** Opens the sign-in page. */
  authorize(changes: Readonly<Record<string, string>> = {}): Promise<Response> {
    const query = new URLSearchParams({ ...client, response_type: 'code', response_mode: 'query', state: 's-1', ...changes });
    return fetch(`${this.simulator.url}/common/oauth2/v2.0/authorize?${query}`);
  }

  /** Follows a link of the sign-in page. Returns the redirect address. */
  async choose(label: string, changes: Readonly<Record<string, string>> = {}): Promise<URL> {
    const page = await (await this.authorize(changes)).text();
    const [, href = ''] = new RegExp(`<a href="([^"]+)">${label}`).exec(page) ?? [];
    return new URL(href.replaceAll('&amp;', '&'));
  }

  /** Sends a form to the token server. */
  async postToken(fields: Readonly<Record<string, string>>): Promise<Answer> {
    const form = new URLSearchParams({ client_id: 'app', client_secret: 'secret', scope: `${scope} offline_access`, ...fields });
    return toAnswer(await fetch(`${this.simulator.url}/common/oauth2/v2.0/token`, { method: 'POST', body: form }));
  }

  exchange(code: string, changes: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.postToken({ grant_type: 'authorization_code', redirect_uri: client.redirect_uri, code, ...changes });
  }

  /** Signs a user in. Keeps the access token and returns the refresh token. */
  async signIn(user = 'owner'): Promise<string> {
    const url = await this.choose(`Continue as ${user}`);
    const { body } = await this.exchange(url.searchParams.get('code') ?? '');
    this.token = readText(body, 'access_token');
    return readText(body, 'refresh_token');
  }

  async call(path: string, body: unknown, { method = 'POST', headers = {} }: CallOptions = {}): Promise<Answer> {
    const all = {
      authorization: `Bearer ${this.token}`,
      developertoken: 'BBD37VB98',
      customerid: '254610987',
      customeraccountid: '180000001',
      'content-type': 'application/json',
      ...headers,
    };
    const sent = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return toAnswer(await fetch(this.simulator.url + path, { method, headers: Object.fromEntries(sent), body: text }));
  }

  /** Calls Campaign Management. */
  manage(path: string, body: unknown, options?: CallOptions): Promise<Answer> {
    return this.call(`/CampaignManagement/v13${path}`, body, options);
  }

  /** Returns the codes of the partial errors of a call, or the code of the fault. */
  async listCodes(path: string, body: unknown, options?: CallOptions): Promise<readonly unknown[]> {
    const answer = await this.manage(path, body, options);
    return getErrors(answer.body).map(({ Code: code, ErrorCode: name }) => code ?? name);
  }

  /** Sends an event to the Conversions API. */
  async sendEvent(changes: Readonly<Record<string, unknown>> = {}, token = 'any', tag = tagId): Promise<number> {
    const event = {
      eventType: 'custom',
      eventId: 'e-1',
      eventName: 'purchase',
      eventTime: Math.floor(this.now / 1_000),
      userData: { msclkid: click },
      customData: { value: 100, currency: 'USD', transactionId: '1001' },
      ...changes,
    };
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ data: [event] });
    return (await fetch(`${this.simulator.url}/v1/${tag}/events`, { method: 'POST', headers, body })).status;
  }

  async readJournal(path: string): Promise<unknown> {
    return (await fetch(`${this.simulator.url}/journal/${path}`)).json();
  }
}

/** Starts a simulator at a fixed time, with the owner signed in. It closes after the test. */
export async function startApi(options: MicrosoftSimulatorOptions = {}): Promise<ApiClient> {
  const clock = { now: startTime };
  const simulator = await startMicrosoftSimulator({ port: 0, now: () => clock.now, ...options });
  onTestFinished(simulator.close);
  const started = new ApiClient(simulator, clock);
  if (options.clients === undefined) await started.signIn();
  return started;
}

/** Returns the errors of an answer, whichever list has them. */
export function getErrors(body: unknown): readonly Readonly<Record<string, unknown>>[] {
  const lists = ['PartialErrors', 'Errors', 'OperationErrors'].map((name) => Reflect.get(Object(body), name));
  return lists.find((list) => Array.isArray(list)) ?? [];
}

export const readText = (body: unknown, member: string): string => String(Reflect.get(Object(body), member));

async function toAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}
