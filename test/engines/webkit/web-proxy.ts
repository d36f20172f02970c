import { EventEmitter } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { createFacade } from './facade.ts';

/** Passes the requests of a browser on, and takes the place of the events and routes that WebDriver does not have. */

/** The path of an empty page that the proxy serves on every host, to read its cookies. */
export const blankPath = '/__blank';
/** The path to which pages report their errors. */
const errorPath = '/__error';

type Pattern = string | RegExp | ((url: URL) => boolean);
type Handler = (route: object, request: object) => unknown;

interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

interface Fulfilled {
  readonly status?: number;
  readonly headers?: object;
  readonly contentType?: string;
  readonly body?: string | Buffer;
  readonly json?: unknown;
}

/** Converts a pattern of Playwright to a check of a URL. */
export function matchUrl(pattern: Pattern): (url: string) => boolean {
  if (typeof pattern === 'function') return (url) => pattern(new URL(url));
  if (pattern instanceof RegExp) return (url) => pattern.test(url);
  const source = pattern
    .replace(/[.+^${}()|[\]\\?]/g, '\\$&')
    .replaceAll('**', '\0')
    .replaceAll('*', '[^/]*')
    .replaceAll('\0', '.*');
  const form = new RegExp(`^${source}$`);
  return (url) => form.test(url);
}

const reportErrors = `{
  const send = (kind, text) => fetch('${errorPath}', { method: 'POST', body: JSON.stringify({ kind, text }), keepalive: true }).catch(() => {});
  addEventListener('error', ({ message }) => message && !message.startsWith('ResizeObserver loop') && send('error', message));
  addEventListener('unhandledrejection', ({ reason }) => send('error', String(reason)));
  const { error } = console;
  console.error = (...all) => { send('console', all.join(' ')); error.apply(console, all); };
}`;

export class WebProxy extends EventEmitter {
  /** The hosts of all requests, without their ports. */
  readonly hosts = new Set<string>();
  /** Scripts that run first on each page. */
  readonly initScripts: string[] = [];
  /** The page from which the next load of a URL comes, by the page's URL. */
  readonly referrers = new Map<string, string>();
  headers: Readonly<Record<string, string>> = {};
  isOffline = false;
  readonly #routes: { readonly pattern: Pattern; readonly matches: (url: string) => boolean; readonly handle: Handler }[] = [];
  readonly #server = createServer((input, output) => {
    this.#answer(input, output).catch(() => output.destroy());
  });

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  addRoute(pattern: Pattern, handle: Handler): void {
    this.#routes.unshift({ pattern, matches: matchUrl(pattern), handle });
  }

  removeRoutes(pattern?: Pattern): void {
    const kept = pattern === undefined ? [] : this.#routes.filter((one) => String(one.pattern) !== String(pattern));
    this.#routes.splice(0, this.#routes.length, ...kept);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(input: IncomingMessage, output: ServerResponse): Promise<void> {
    const url = input.url ?? '';
    const { hostname, pathname } = new URL(url);
    const body = await buffer(input);
    const target = this.referrers.get(url);
    if (pathname === blankPath || target !== undefined) {
      const leave = `<meta name="referrer" content="unsafe-url"><script>location.replace(${JSON.stringify(target)})</script>`;
      this.referrers.delete(url);
      output.setHeader('content-type', 'text/html').end(target === undefined ? '<link rel="icon" href="data:,">' : leave);
      return;
    }
    if (pathname === errorPath) {
      this.emit('pageerror', JSON.parse(body.toString()));
      output.writeHead(204).end();
      return;
    }
    this.hosts.add(hostname);
    const sent = createFacade<object>('request', {
      url: () => url,
      method: () => input.method,
      headers: () => input.headers,
      postData: () => (body.length > 0 ? body.toString() : null),
      postDataJSON: () => JSON.parse(body.toString()),
      resourceType: () => (input.headers.accept?.startsWith('text/html') ? 'document' : 'other'),
    });
    this.emit('request', sent);
    const fail = () => {
      output.destroy();
      this.emit('requestfailed', sent);
    };
    const answer = this.isOffline ? 'abort' : await this.#route(url, sent);
    if (answer === 'abort') fail();
    else if (answer) this.#finish(output, url, sent, answer);
    else this.#forward(input, output, { url, body, sent, fail });
  }

  /** Asks the routes in turn. Returns `undefined` if the request goes on. */
  async #route(url: string, sent: object): Promise<Response | 'abort' | undefined> {
    for (const { matches, handle } of [...this.#routes]) {
      if (!matches(url)) continue;
      const answer = await new Promise<Response | 'abort' | 'next' | undefined>((resolve, reject) => {
        const route = createFacade<object>('route', {
          request: () => sent,
          abort: async () => resolve('abort'),
          continue: async () => resolve(undefined),
          fallback: async () => resolve('next'),
          fulfill: async ({ status = 200, headers = {}, contentType, body = '', json }: Fulfilled) =>
            resolve({
              status,
              headers: {
                'access-control-allow-origin': '*',
                'content-type': contentType ?? (json ? 'application/json' : 'text/plain'),
                ...Object(headers),
              },
              body: Buffer.from(json ? JSON.stringify(json) : body),
            }),
        });
        Promise.resolve(handle(route, sent)).catch(reject);
      });
      if (answer !== 'next') return answer;
    }
    return undefined;
  }

  #finish(output: ServerResponse, url: string, sent: object, { status, headers, body }: Response): void {
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) output.setHeader(name, value);
    const isPage = String(headers['content-type']).startsWith('text/html');
    const nonce = /'nonce-([^']+)'/.exec(String(headers['content-security-policy']))?.[1] ?? '';
    const script = `<script nonce="${nonce}">${[reportErrors, ...this.initScripts].map((one) => `{${one}\n}`).join('\n')};document.currentScript.remove()</script>`;
    const page = isPage ? body.toString().replace(/^(\s*<!doctype[^>]*>)?/i, (start) => start + script) : body;
    output.removeHeader('content-length');
    output.writeHead(status).end(page);
    this.#emitResponse(output, url, sent, status);
  }

  #forward(
    input: IncomingMessage,
    output: ServerResponse,
    { url, body, sent, fail }: { readonly url: string; readonly body: Buffer; readonly sent: object; readonly fail: () => void },
  ): void {
    const { 'proxy-connection': _, 'accept-encoding': __, ...headers } = input.headers;
    const { hostname } = new URL(url);
    // Browsers know these names, many machines do not.
    const address = hostname.endsWith('.localhost') ? '127.0.0.1' : hostname;
    const onward = request(url, {
      hostname: address,
      method: input.method,
      headers: { ...headers, ...this.headers },
      agent: false,
    });
    onward.once('error', fail);
    onward.once('response', async (answer) => {
      const status = answer.statusCode ?? 502;
      const { connection: ___, 'transfer-encoding': ____, ...received } = answer.headers;
      if (received['content-type']?.startsWith('text/html')) {
        const page = await buffer(answer).catch(() => undefined);
        if (page) this.#finish(output, url, sent, { status, headers: received, body: page });
        else fail();
        return;
      }
      output.writeHead(status, received);
      answer.pipe(output);
      answer.once('aborted', () => output.destroy());
      this.#emitResponse(output, url, sent, status);
    });
    output.once('close', () => onward.destroy());
    onward.end(body);
  }

  #emitResponse(output: ServerResponse, url: string, sent: object, status: number): void {
    const finished = new Promise<null>((resolve) =>
      output.once('close', () => resolve(null)).once('finish', () => resolve(null)),
    );
    const members = {
      url: () => url,
      status: () => status,
      ok: () => status < 400,
      request: () => sent,
      finished: () => finished,
    };
    this.emit('response', createFacade<object>('response', members));
  }
}
