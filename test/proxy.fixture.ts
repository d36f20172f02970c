import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { LookupFunction, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createSecureContext, type SecureContext } from 'node:tls';
import { Agent, getGlobalDispatcher, setGlobalDispatcher } from 'undici';
import worker from '../deploy/cloudflare-worker.js';
import { findFreePort } from '../scripts/free-port.ts';
import { eventually, root } from './gateway.fixture.ts';

/** The proxies of `deploy` in front of a gateway on loopback. Tests of a proxy that is not installed are skipped with a warning. */

export const edgeSecret = 'e'.repeat(32);
export const collectorHost = 'data.shop.example';
export const shopHost = 'shop.example';
/** The client address of requests, different from the proxies' own address. */
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

/** A public route to the gateway through a proxy. */
export interface ProxyRoute {
  /** Sends a request over https, as a shopper's browser does. The route adds its own prefix to the gateway's path. */
  send(request: ProxyRequest): Promise<ProxyResponse>;
  /** Sends a request through a trusted CDN. `client` is the shopper's address that the CDN reports. */
  sendThroughEdge(request: ProxyRequest, client: string, country: string): Promise<ProxyResponse>;
  stop(): Promise<void>;
}

/** Returns true if a program is installed. Otherwise warns that its tests do not run. */
export function isInstalled(program: string, ...args: readonly string[]): boolean {
  const isFound = spawnSync(program, args, { stdio: 'ignore' }).status === 0;
  if (!isFound) console.warn(`not run: ${program} is not installed`);
  return isFound;
}

/** Starts a server that forwards requests to a gateway unchanged and records the headers of the newest one, except checks of a proxy. */
export async function startRecorder(gatewayUrl: string) {
  const { hostname, port: gatewayPort } = new URL(gatewayUrl);
  let newest: IncomingHttpHeaders = {};
  const server = createServer((incoming, outgoing) => {
    const { method, headers, url: path } = incoming;
    if (path !== '/readyz') newest = headers;
    const onward = httpRequest({ host: hostname, port: gatewayPort, method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  const port = await listen(server);
  return {
    port,
    /** Returns the headers of the newest request from the proxy. */
    newest: () => newest,
    end: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/**
 * Starts Caddy with a file of `deploy`. Only ports and the gateway's address differ, and its root certificate is not installed. A second
 * gateway is down.
 */
export async function startCaddy(
  file: 'Caddyfile' | 'Caddyfile.cluster' | 'Caddyfile.same-host',
  upstreamPort: number,
  shopPort = 0,
) {
  const [host, prefix] = file === 'Caddyfile.same-host' ? [shopHost, '/data'] : [collectorHost, ''];
  const dir = mkdtempSync(join(tmpdir(), 'convey-caddy-'));
  const [http, https, closed] = [await findFreePort(), await findFreePort(), await findFreePort()];
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
  const toDial = (name: string) => `"dial":"127.0.0.1:${name === 'gateway-2' ? closed : upstreamPort}"`;
  const config = JSON.parse(adapted.toString().replaceAll(/"dial":"([^"]+):8080"/g, (_, name: string) => toDial(name)));
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
  return waitUntilReady({ ...createHttpsSender(host, https, prefix, authority), port: https, authority, stop }, program);
}

/** Starts nginx with `deploy/nginx.conf`, with certificate, ports and folders of this machine and the CDN's lines enabled. */
export async function startNginx(...upstreamPorts: readonly number[]): Promise<ProxyRoute> {
  const dir = mkdtempSync(join(tmpdir(), 'convey-nginx-'));
  const https = await findFreePort();
  const [certificate, key] = [join(dir, 'certificate.pem'), join(dir, 'key.pem')];
  const subject = ['-subj', `/CN=${shopHost}`, '-addext', `subjectAltName=DNS:${shopHost}`];
  const keyOptions = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  execFileSync('openssl', [...keyOptions, ...subject, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  const site = readFileSync(join(root, 'deploy/nginx.conf'), 'utf8')
    .replace('server 127.0.0.1:8080 max_fails=0;', upstreamPorts.map((port) => `server 127.0.0.1:${port} max_fails=0;`).join(' '))
    .replace('listen 443 ssl;', `listen 127.0.0.1:${https} ssl;`)
    .replace(/ssl_certificate .*;/, `ssl_certificate ${certificate};`)
    .replace(/ssl_certificate_key .*;/, `ssl_certificate_key ${key};`)
    .replaceAll('# "the secret"', `"${edgeSecret}"`);
  writeFileSync(join(dir, 'site.conf'), site);
  for (const name of ['body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']) mkdirSync(join(dir, name));
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${dir}/${name};`);
  const main = `daemon off; pid ${dir}/pid; error_log stderr; events { worker_connections 4096; }
    http { access_log off; ${folders.join(' ')} include ${dir}/site.conf; }`;
  writeFileSync(join(dir, 'nginx.conf'), main);
  const program = run('nginx', ['-e', 'stderr', '-c', join(dir, 'nginx.conf'), '-p', dir], process.env);
  const stop = async () => {
    await program.stop();
    rmSync(dir, { recursive: true });
  };
  return waitUntilReady(
    { ...createHttpsSender(shopHost, https, '/data', () => readFileSync(certificate, 'utf8')), stop },
    program,
  );
}

/** Runs the Worker in Node.js, in front of Caddy with the Caddyfile of `compose.yaml`. */
export async function startWorker(upstreamPort: number): Promise<ProxyRoute> {
  const caddy = await startCaddy('Caddyfile', upstreamPort);
  const before = getGlobalDispatcher();
  setGlobalDispatcher(new Agent({ connect: { ca: caddy.authority(), lookup: resolveToLoopback } }));
  const env = { GATEWAY: `https://${collectorHost}:${caddy.port}`, EDGE_SECRET: edgeSecret };
  return {
    send: (request) => sendToWorker(request, env, shopperAddress),
    sendThroughEdge: (request, client, country) => sendToWorker(request, env, client, country),
    stop: async () => {
      setGlobalDispatcher(before);
      await caddy.stop();
    },
  };
}

/** Passes a request to the Worker as Cloudflare does: the client's address is in a header that clients cannot set, the country in `cf`. */
export async function sendToWorker(
  { path, method = 'GET', headers = {}, body }: ProxyRequest,
  env: Parameters<typeof worker.fetch>[1],
  client: string,
  country?: string,
): Promise<ProxyResponse> {
  const from = { ...headers, 'cf-connecting-ip': client };
  const request = new Request(`https://${shopHost}/data${path}`, { method, headers: from, ...(body !== undefined && { body }) });
  const answer = await worker.fetch(Object.assign(request, { cf: { country } }), env);
  const cookies = { 'set-cookie': answer.headers.getSetCookie() };
  return { status: answer.status, headers: { ...Object.fromEntries(answer.headers), ...cookies }, body: await answer.text() };
}

const resolveToLoopback: LookupFunction = (_, __, found) => found(null, [{ address: '127.0.0.1', family: 4 }]);

/** Sends requests to a proxy of this machine under its public host name. */
function createHttpsSender(host: string, port: number, prefix: string, authority: () => string): Omit<ProxyRoute, 'stop'> {
  // Each request has a connection of its own; a context for each would cost more than the request.
  let secureContext: SecureContext | undefined;
  const send = async ({ path, method = 'GET', headers = {}, body }: ProxyRequest): Promise<ProxyResponse> => {
    secureContext ??= createSecureContext({ ca: authority() });
    const to = { host: '127.0.0.1', port, servername: host, localAddress: shopperAddress, secureContext, agent: false };
    const asking = httpsRequest({ ...to, path: `${prefix}${path}`, method, headers: { ...headers, host } });
    asking.end(body);
    const [answer]: IncomingMessage[] = await once(asking, 'response');
    if (!answer) throw new Error('no response');
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) };
  };
  return {
    send,
    sendThroughEdge: ({ headers, ...request }, client, country) => {
      const edgeHeaders = { 'x-convey-edge': edgeSecret, 'x-convey-address': client, 'x-convey-country': country };
      return send({ ...request, headers: { ...headers, ...edgeHeaders } });
    },
  };
}

/** Starts a program. */
function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const stderr = text(child.stderr);
  const ended = once(child, 'exit');
  return {
    /** Resolves with the program's stderr when it exits. */
    waitForExit: async () => {
      await ended;
      return stderr;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Resolves with the route when the proxy responds. @throws if the proxy ends or does not respond within 30 s */
async function waitUntilReady<W extends ProxyRoute>(route: W, { waitForExit }: ReturnType<typeof run>): Promise<W> {
  let errors: string | undefined;
  void waitForExit().then((stderr) => {
    errors = stderr;
  });
  const isDone = async () => {
    if (errors !== undefined) return true;
    const { status } = await route.send({ path: '/healthz' }).catch((fault: unknown) => ({ status: fault }));
    return status === 200;
  };
  const isReady = await eventually(isDone);
  if (isReady && errors === undefined) return route;
  await route.stop();
  throw new Error(`the proxy does not respond: ${errors}`);
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
