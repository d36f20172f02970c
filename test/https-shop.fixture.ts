import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { isIP } from 'node:net';
import { generate } from 'selfsigned';
import { writeKey } from './gateway.fixture.ts';

/** An authority of the test's own, and what it signs. */
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

/** What a proxy may do wrong. */
export interface ProxyFaults {
  /** Believes what a client says of its own address. */
  readonly trustsForwardedFor?: boolean;
  /** Tells no address at all. */
  readonly omitsAddress?: boolean;
  readonly omitsCountry?: boolean;
  readonly trustsCountryHeader?: boolean;
  /** Asks the gateway by the gateway's own name in place of the one that the browser asked for. */
  readonly replacesHost?: boolean;
  /** Writes its own answer to who may read this. */
  readonly allowsOrigin?: string;
  readonly dropsSetCookie?: boolean;
  readonly shortensCookies?: boolean;
  readonly policy?: string;
  /** Paths that it does not lead to the gateway. */
  readonly unroutedPaths?: readonly string[];
  readonly delayMs?: number;
  readonly contentType?: string;
  /** The page is without the snippet, or its snippet asks this address. */
  readonly snippet?: string;
  readonly key?: string;
}

export const shopperAddress = '203.0.113.42';

export interface HttpsShop {
  readonly url: string;
  close(): Promise<void>;
}

/** A shop over https whose reverse proxy leads `p.js` and `e` to the gateway, as well as it is told to. */
export async function startHttpsShop(gateway: string, signed: SignedCertificate, spoils: ProxyFaults = {}): Promise<HttpsShop> {
  const server = createServer(signed, (incoming, outgoing) => {
    const path = incoming.url?.split('?', 1)[0] ?? '';
    if (path === '/') outgoing.writeHead(200, pageHeaders(spoils)).end(page(spoils));
    else if (!['/p.js', '/e'].includes(path) || spoils.unroutedPaths?.includes(path)) outgoing.writeHead(404).end();
    else setTimeout(() => lead(incoming, outgoing, gateway, spoils), spoils.delayMs ?? 0);
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

function pageHeaders({ policy }: ProxyFaults) {
  return { 'content-type': 'text/html', ...(policy !== undefined && { 'content-security-policy': policy }) };
}

function page({ snippet = '/p.js', key = writeKey }: ProxyFaults): string {
  const script = snippet === '' ? '' : `<script async src="${snippet}?k=${key}"></script>`;
  return `<!doctype html><html lang="en"><head><title>Shop</title>${script}</head><body>A shop</body></html>`;
}

function lead(incoming: IncomingMessage, outgoing: ServerResponse, gateway: string, spoils: ProxyFaults): void {
  const onward = request(new URL(incoming.url ?? '/', gateway), {
    method: incoming.method,
    headers: headersOf(incoming.headers, spoils),
  });
  incoming.pipe(onward);
  onward.once('error', () => outgoing.destroy());
  onward.once('response', (answer) => {
    const headers = { ...answer.headers };
    if (spoils.dropsSetCookie) delete headers['set-cookie'];
    const cookies = headers['set-cookie'];
    if (spoils.shortensCookies && cookies)
      headers['set-cookie'] = cookies.map((one) => one.replace(/Max-Age=\d+/, 'Max-Age=604800'));
    if (spoils.allowsOrigin !== undefined) headers['access-control-allow-origin'] = spoils.allowsOrigin;
    if (spoils.contentType !== undefined) headers['content-type'] = spoils.contentType;
    outgoing.writeHead(answer.statusCode ?? 502, headers);
    answer.pipe(outgoing);
  });
}

function headersOf(given: IncomingHttpHeaders, spoils: ProxyFaults): IncomingHttpHeaders {
  const { 'x-forwarded-for': forwarded, 'cf-ipcountry': country, host, ...headers } = given;
  const believed = (spoils.trustsForwardedFor && forwarded) || shopperAddress;
  return {
    ...headers,
    ...(!spoils.replacesHost && { host }),
    'x-forwarded-proto': 'https',
    ...(!spoils.omitsAddress && { 'x-forwarded-for': believed }),
    ...(!spoils.omitsCountry && { 'cf-ipcountry': (spoils.trustsCountryHeader && country) || 'US' }),
    ...(spoils.omitsCountry && spoils.trustsCountryHeader && country !== undefined && { 'cf-ipcountry': country }),
  };
}
