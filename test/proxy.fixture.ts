import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { createServer as createListener, type LookupFunction, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici';
import worker from '../deploy/cloudflare-worker.js';
import { eventually, root } from './gateway.fixture.ts';

/** The proxies of `deploy`, run for real before a gateway on loopback. Where one is not installed, it says so and is left out. */

export const edgeSecret = 'e'.repeat(32);
export const collectorHost = 'data.shop.example';
export const shopHost = 'shop.example';
/** Where the requests come from: another address than the proxies call from. */
export const shopperAddress = '127.0.0.2';

export interface ProxyRequest {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface ProxyResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A way from the open web to a gateway. */
export interface ProxyRoute {
  /** Over https, as a shopper's browser would; the path is the gateway's, and the way puts its own before it. */
  send(asked: ProxyRequest): Promise<ProxyResponse>;
  /** The same by way of a CDN of ours: `client` is the shopper's address as it saw it. */
  sendThroughEdge(asked: ProxyRequest, client: string, country: string): Promise<ProxyResponse>;
  stop(): Promise<void>;
}

/** Whether a program is on this machine; says so where it is not, since what needs it is then not run. */
export function isInstalled(program: string, ...args: readonly string[]): boolean {
  const isThere = spawnSync(program, args, { stdio: 'ignore' }).status === 0;
  if (!isThere) console.warn(`not run: ${program} is not installed`);
  return isThere;
}

/** Passes everything on to a gateway as it is, and keeps the headers of the newest request. */
export async function startRecorder(gatewayUrl: string) {
  const { hostname, port: gatewayPort } = new URL(gatewayUrl);
  let newest: IncomingHttpHeaders = {};
  const server = createServer((incoming, outgoing) => {
    newest = incoming.headers;
    const { method, headers, url: path } = incoming;
    const onward = httpRequest({ host: hostname, port: gatewayPort, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  const port = await listening(server);
  return {
    port,
    /** What the proxy made of the newest request. */
    newest: () => newest,
    end: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Caddy with a file of `deploy`, as it stands but for ports, the gateway's address and the trust of this machine. */
export async function startCaddy(file: 'Caddyfile' | 'Caddyfile.same-host', upstreamPort: number, shopPort = 0) {
  const [host, prefix] = file === 'Caddyfile' ? [collectorHost, ''] : [shopHost, '/data'];
  const dir = mkdtempSync(join(tmpdir(), 'convey-caddy-'));
  const [http, https] = [await freePort(), await freePort()];
  const env = {
    ...process.env,
    HOME: dir,
    XDG_DATA_HOME: dir,
    XDG_CONFIG_HOME: dir,
    COLLECTOR_HOST: host,
    SHOP_HOST: host,
    ACME_EMAIL: 'admin@shop.example',
    CERT_ISSUER: 'internal',
    EDGE_SECRET: edgeSecret,
    SHOP: `127.0.0.1:${shopPort}`,
  };
  const adapted = execFileSync('caddy', ['adapt', '--config', join(root, 'deploy', file), '--adapter', 'caddyfile'], { env });
  const config = JSON.parse(adapted.toString().replaceAll(/"dial":"[^"]+:8080"/g, `"dial":"127.0.0.1:${upstreamPort}"`));
  Object.assign(config.apps.http, { http_port: http, https_port: https });
  config.apps.http.servers.srv0.listen = [`127.0.0.1:${https}`];
  config.apps.pki = { certificate_authorities: { local: { install_trust: false } } };
  config.admin = { disabled: true };
  config.apps.tls ??= { automation: { policies: [{ subjects: [host], issuers: [{ module: 'internal' }] }] } };
  writeFileSync(join(dir, 'caddy.json'), JSON.stringify(config));
  const program = run('caddy', ['run', '--config', join(dir, 'caddy.json')], env);
  const authority = () => readFileSync(join(dir, 'caddy/pki/authorities/local/root.crt'), 'utf8');
  const stop = async () => {
    await program.stop();
    rmSync(dir, { recursive: true });
  };
  return ready({ ...overHttps(host, https, prefix, authority), port: https, authority, stop }, program);
}

/** nginx with `deploy/nginx.conf`: certificate, ports and folders are this machine's, and the CDN's two lines are no comments. */
export async function startNginx(upstreamPort: number): Promise<ProxyRoute> {
  const dir = mkdtempSync(join(tmpdir(), 'convey-nginx-'));
  const https = await freePort();
  const [certificate, key] = [join(dir, 'certificate.pem'), join(dir, 'key.pem')];
  const subject = ['-subj', `/CN=${shopHost}`, '-addext', `subjectAltName=DNS:${shopHost}`];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  execFileSync('openssl', [...made, ...subject, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  const site = readFileSync(join(root, 'deploy/nginx.conf'), 'utf8')
    .replace('server 127.0.0.1:8080;', `server 127.0.0.1:${upstreamPort};`)
    .replace('listen 443 ssl;', `listen 127.0.0.1:${https} ssl;`)
    .replace(/ssl_certificate .*;/, `ssl_certificate ${certificate};`)
    .replace(/ssl_certificate_key .*;/, `ssl_certificate_key ${key};`)
    .replaceAll('# "the secret"', `"${edgeSecret}"`);
  writeFileSync(join(dir, 'site.conf'), site);
  for (const name of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) mkdirSync(join(dir, name));
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${dir}/${name};`);
  const main = `daemon off; pid ${dir}/pid; error_log stderr; events {}
    http { access_log off; ${folders.join(' ')} include ${dir}/site.conf; }`;
  writeFileSync(join(dir, 'nginx.conf'), main);
  const program = run('nginx', ['-e', 'stderr', '-c', join(dir, 'nginx.conf'), '-p', dir], process.env);
  const stop = async () => {
    await program.stop();
    rmSync(dir, { recursive: true });
  };
  return ready({ ...overHttps(shopHost, https, '/data', () => readFileSync(certificate, 'utf8')), stop }, program);
}

/** The Worker, run by Node.js, before Caddy with the file of `compose.yaml`. */
export async function startWorker(upstreamPort: number): Promise<ProxyRoute> {
  const caddy = await startCaddy('Caddyfile', upstreamPort);
  const before = getGlobalDispatcher();
  setGlobalDispatcher(new Agent({ connect: { ca: caddy.authority(), lookup: toThisMachine } }));
  const env = { GATEWAY: `https://${collectorHost}:${caddy.port}`, EDGE_SECRET: edgeSecret };
  return {
    send: (asked) => sendToWorker(asked, env, shopperAddress),
    sendThroughEdge: (asked, client, country) => sendToWorker(asked, env, client, country),
    stop: async () => {
      setGlobalDispatcher(before);
      await caddy.stop();
    },
  };
}

/** A request as Cloudflare hands it to a Worker: the caller's address is in a header that no caller can set, the country beside it. */
export async function sendToWorker(
  { path, method = 'GET', headers = {}, body }: ProxyRequest,
  env: Parameters<typeof worker.fetch>[1],
  client: string,
  country?: string,
): Promise<ProxyResponse> {
  const from = { ...headers, 'cf-connecting-ip': client };
  const asked = new Request(`https://${shopHost}/data${path}`, { method, headers: from, ...(body !== undefined && { body }) });
  const answer = await worker.fetch(Object.assign(asked, { cf: { country } }), env);
  const cookies = { 'set-cookie': answer.headers.getSetCookie() };
  return { status: answer.status, headers: { ...Object.fromEntries(answer.headers), ...cookies }, body: await answer.text() };
}

const toThisMachine: LookupFunction = (_, __, found) => found(null, [{ address: '127.0.0.1', family: 4 }]);

/** Asks a proxy of this machine by the name that it has in public. */
function overHttps(host: string, port: number, prefix: string, authority: () => string): Omit<ProxyRoute, 'stop'> {
  const send = async ({ path, method = 'GET', headers = {}, body }: ProxyRequest): Promise<ProxyResponse> => {
    const to = { host: '127.0.0.1', port, servername: host, localAddress: shopperAddress, ca: authority(), agent: false };
    const asking = httpsRequest({ ...to, path: `${prefix}${path}`, method, headers: { ...headers, host } });
    asking.end(body);
    const [answer]: IncomingMessage[] = await once(asking, 'response');
    if (!answer) throw new Error('no answer came');
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) };
  };
  return {
    send,
    sendThroughEdge: ({ headers, ...asked }, client, country) => {
      const told = { 'x-convey-edge': edgeSecret, 'x-convey-address': client, 'x-convey-country': country };
      return send({ ...asked, headers: { ...headers, ...told } });
    },
  };
}

/** Starts a program. */
function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const said = text(child.stderr);
  const ended = once(child, 'exit');
  return {
    /** What it said, once it ended by itself. */
    died: async () => {
      await ended;
      return said;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The way, once the proxy answers on it. */
async function ready<W extends ProxyRoute>(way: W, { died }: ReturnType<typeof run>): Promise<W> {
  let last: unknown;
  void died().then((said) => {
    last = said;
  });
  const answers = async () => {
    if (typeof last === 'string') return true;
    const { status } = await way.send({ path: '/healthz' }).catch((fault: unknown) => ({ status: fault }));
    return status === 200;
  };
  const isReady = await eventually(answers, 20_000);
  if (isReady && last === undefined) return way;
  await way.stop();
  throw new Error(`the proxy does not answer: ${last}`);
}

async function freePort(): Promise<number> {
  const server = createListener();
  const port = await listening(server);
  server.close();
  await once(server, 'close');
  return port;
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
