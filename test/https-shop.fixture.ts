import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { isIP } from 'node:net';
import { generate } from 'selfsigned';
import { writeKey } from './gateway.fixture.ts';

/** A certificate authority for one test. */
export interface Authority {
  /** PEM. */
  readonly certificate: string;
  sign(names: readonly string[], until: Date): Promise<SignedCertificate>;
}

export interface SignedCertificate {
  readonly key: string;
  readonly cert: string;
}

const years = (count: number) => new Date(Date.now() + count * 365 * 86_400_000);

export async function createAuthority(): Promise<Authority> {
  const basic = { keyType: 'ec', algorithm: 'sha256', notBeforeDate: years(-2) } as const;
  const own = await generate([{ name: 'commonName', value: 'Test authority' }], {
    ...basic,
    notAfterDate: years(5),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true },
    ],
  });
  return {
    certificate: own.cert,
    async sign([common = '', ...others], until) {
      const signed = await generate([{ name: 'commonName', value: common }], {
        ...basic,
        notAfterDate: until,
        ca: { key: own.private, cert: own.cert },
        extensions: [
          { name: 'basicConstraints', cA: false },
          {
            name: 'subjectAltName',
            altNames: [common, ...others].map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })),
          },
        ],
      });
      return { key: signed.private, cert: signed.cert };
    },
  };
}

/** Misconfigurations of the reverse proxy. */
export interface ProxyFaults {
  /** Forwards the client's own `x-forwarded-for`. */
  readonly trustsForwardedFor?: boolean;
  /** Sends no client address. */
  readonly omitsAddress?: boolean;
  readonly omitsCountry?: boolean;
  readonly trustsCountryHeader?: boolean;
  /** Sends the gateway's host name instead of the browser's. */
  readonly replacesHost?: boolean;
  /** Replaces the response's `access-control-allow-origin`. */
  readonly allowsOrigin?: string;
  readonly dropsSetCookie?: boolean;
  readonly shortensCookies?: boolean;
  readonly policy?: string;
  /** Paths that the proxy does not forward to the gateway. */
  readonly unroutedPaths?: readonly string[];
  readonly delayMs?: number;
  readonly contentType?: string;
  /** The script's URL in the snippet; empty: the page has no snippet. */
  readonly snippet?: string;
  readonly key?: string;
  /** The page's own script. */
  readonly pageScript?: string;
}

export const shopperAddress = '203.0.113.42';

export interface HttpsShop {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts a shop over https whose reverse proxy forwards `p.js` and `e` to the gateway, with the given faults. */
export async function startHttpsShop(gateway: string, signed: SignedCertificate, faults: ProxyFaults = {}): Promise<HttpsShop> {
  const server = createServer(signed, (incoming, outgoing) => {
    const path = incoming.url?.split('?', 1)[0] ?? '';
    if (path === '/') outgoing.writeHead(200, getPageHeaders(faults)).end(renderPage(faults));
    else if (!['/p.js', '/e'].includes(path) || faults.unroutedPaths?.includes(path)) outgoing.writeHead(404).end();
    else setTimeout(() => forward(incoming, outgoing, gateway, faults), faults.delayMs ?? 0);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `https://localhost:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function getPageHeaders({ policy }: ProxyFaults) {
  return { 'content-type': 'text/html', ...(policy !== undefined && { 'content-security-policy': policy }) };
}

function renderPage({ snippet = '/p.js', key = writeKey, pageScript = '' }: ProxyFaults): string {
  const script = snippet === '' ? '' : `<script async src="${snippet}?k=${key}"></script>`;
  return `<!doctype html><html lang="en"><head><title>Shop</title>${script}</head><body>A shop<script>${pageScript}</script></body></html>`;
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, gateway: string, faults: ProxyFaults): void {
  const onward = request(new URL(incoming.url ?? '/', gateway), {
    method: incoming.method,
    headers: buildForwardedHeaders(incoming.headers, faults),
  });
  incoming.pipe(onward);
  onward.once('error', () => outgoing.destroy());
  onward.once('response', (answer) => {
    const headers = { ...answer.headers };
    if (faults.dropsSetCookie) delete headers['set-cookie'];
    const cookies = headers['set-cookie'];
    if (faults.shortensCookies && cookies)
      headers['set-cookie'] = cookies.map((one) => one.replace(/Max-Age=\d+/, 'Max-Age=604800'));
    if (faults.allowsOrigin !== undefined) headers['access-control-allow-origin'] = faults.allowsOrigin;
    if (faults.contentType !== undefined) headers['content-type'] = faults.contentType;
    outgoing.writeHead(answer.statusCode ?? 502, headers);
    answer.pipe(outgoing);
  });
}

function buildForwardedHeaders(received: IncomingHttpHeaders, faults: ProxyFaults): IncomingHttpHeaders {
  const { 'x-forwarded-for': forwarded, 'cf-ipcountry': country, host, ...headers } = received;
  const address = (faults.trustsForwardedFor && forwarded) || shopperAddress;
  return {
    ...headers,
    ...(!faults.replacesHost && { host }),
    'x-forwarded-proto': 'https',
    ...(!faults.omitsAddress && { 'x-forwarded-for': address }),
    ...(!faults.omitsCountry && { 'cf-ipcountry': (faults.trustsCountryHeader && country) || 'US' }),
    ...(faults.omitsCountry && faults.trustsCountryHeader && country !== undefined && { 'cf-ipcountry': country }),
  };
}
