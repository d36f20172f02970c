import { randomUUID } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import type { Site } from '../../event/site.ts';
import { isNonPublicAddress } from '../../net/ssrf-guard.ts';
import { fetchPage } from '../fetch-page.ts';
import { analyzePage } from '../page-report.ts';
import { type PageVisit, visitPage } from './browser-visit.ts';
import { type DnsResolver, resolveHost } from './dns-lookup.ts';
import {
  type CollectorResponses,
  type GatewayEvidence,
  type IdentifiedClient,
  type LiveEvidence,
  spoofedClient,
} from './evidence.ts';
import type { LaunchBrowser } from './launch-browser.ts';
import { type EventResponse, fetchOverHttp, fetchPixel, type NoResponse, postTestEvent } from './probe-collector.ts';
import { type Certificate, readCertificate } from './read-certificate.ts';

/** The page to check, and the tools to check it with. */
export interface LiveCheckOptions {
  readonly url: URL;
  readonly site: Site;
  readonly sites: readonly Site[];
  readonly proxies: LiveEvidence['proxies'];
  readonly consent?: 'granted' | 'denied' | undefined;
  readonly browserPath?: string | undefined;
  readonly launch: LaunchBrowser;
  /** Whether Node.js has additional certificate authorities. The browser then trusts the certificates that Node.js trusts. */
  readonly hasOwnAuthorities: boolean;
  readonly version: string;
  readonly names: DnsResolver;
  /** Undefined if no gateway runs. */
  readonly gateway?: GatewayClient | undefined;
  /** Called before each slow step. */
  readonly onStep?: (step: string) => void;
}

/** The admin API of the running gateway. */
export interface GatewayClient {
  readonly readClients: (eventId: string) => Promise<readonly IdentifiedClient[]>;
  /** Returns the outcome of the event on each connection; `undefined` if there is no such event. */
  readonly readOutcomes: (eventId: string) => Promise<readonly string[] | undefined>;
}

const arrivalMs = 10_000;
const outcomeMs = 4_000;
const pollEveryMs = 200;
const maxItems = 5;

/** Opens the page, and queries the collector and the gateway. @throws ConveyError if no browser starts. */
export async function collectEvidence(options: LiveCheckOptions): Promise<LiveEvidence> {
  const { url, site, sites, proxies, consent, version, names, gateway, onStep = () => undefined } = options;
  const certificates = createCertificateReader();
  onStep(`Looking up ${url.hostname}`);
  const [name, certificate, read] = await Promise.all([
    resolveHost(url.hostname, names),
    certificates(url),
    fetchPage(url, { userAgent: `convey/${version}`, allowPrivate: true }),
  ]);
  const trustedKeys = options.hasOwnAuthorities ? await readTrustedKeys(url, 'html' in read ? read.html : '', certificates) : [];
  onStep('Opening the page in Chromium');
  const { visit, isSandboxed } = await openPage(options, trustedKeys);
  const pixel = selectPixel(visit, site);
  const observed = { now: Date.now(), site, sites, proxies, consent, visit, isSandboxed };
  const page = { url, name, ...(certificate && { certificate }) };
  if (!pixel) return { ...observed, page };
  onStep(`Testing ${pixel.host}`);
  const test = createTest(options, pixel);
  const collector = await queryCollector(pixel, options, certificates, test);
  const forged = isAccepted(collector.event) ? await test.forged() : undefined;
  if (!gateway) return { ...observed, page, collector };
  onStep('Querying the gateway');
  const account = await queryGateway(gateway, visit, {
    plain: isAccepted(collector.event) ? test.id : undefined,
    forged: forged && isAccepted(forged) ? test.forgedId : undefined,
  });
  return { ...observed, page, collector, gateway: account };
}

async function openPage(
  { url, consent, browserPath, launch }: LiveCheckOptions,
  trustedKeys: readonly string[],
): Promise<Pick<LiveEvidence, 'visit' | 'isSandboxed'>> {
  const { browser, isSandboxed, close } = await launch({ path: browserPath, trustedKeys });
  try {
    return { visit: await visitPage({ url, consent, browser }), isSandboxed };
  } finally {
    await close();
  }
}

/** Returns the site's own pixel if the page has it, else the first one. */
function selectPixel({ pixels }: PageVisit, { writeKey }: Site): URL | undefined {
  const urls = pixels.map(({ url }) => new URL(url));
  return urls.find(({ searchParams }) => searchParams.get('k') === writeKey) ?? urls[0];
}

type ReadCertificate = (url: URL) => Promise<Certificate | NoResponse | undefined>;

/** Creates a reader that contacts each host once. */
function createCertificateReader(): ReadCertificate {
  const read = new Map<string, Promise<Certificate | NoResponse>>();
  return async (url) => {
    if (url.protocol !== 'https:') return undefined;
    const known = read.get(url.host) ?? readCertificate(url);
    read.set(url.host, known);
    return known;
  };
}

/** Returns the public keys of the certificates of the page and its pixels that Node.js trusts. */
async function readTrustedKeys(page: URL, html: string, certificates: ReadCertificate): Promise<readonly string[]> {
  const named = analyzePage(html).pixels.flatMap(({ before }) => URL.parse(before, page.href) ?? []);
  const shown = await Promise.all([page, ...named.slice(0, maxItems)].map(certificates));
  return shown.flatMap((one) => (one && 'keyPin' in one && one.refusal === undefined ? [one.keyPin] : []));
}

interface Test {
  readonly id: string;
  readonly forgedId: string;
  readonly plain: () => Promise<EventResponse | NoResponse>;
  readonly forged: () => Promise<EventResponse | NoResponse>;
}

function createTest({ url: { origin }, proxies: { countryHeader }, version }: LiveCheckOptions, pixel: URL): Test {
  const id = `convey-check-${randomUUID()}`;
  const forgedId = `${id}-forged`;
  const event = { writeKey: pixel.searchParams.get('k') ?? '', origin, agent: `convey-check/${version} (bot)` };
  const forged = {
    'x-forwarded-for': spoofedClient.address,
    ...(countryHeader !== undefined && { [countryHeader]: spoofedClient.country }),
  };
  const end = new URL('e', pixel);
  return {
    id,
    forgedId,
    plain: () => postTestEvent(end, { ...event, id }),
    forged: () => postTestEvent(end, { ...event, id: forgedId, forged }),
  };
}

async function queryCollector(
  url: URL,
  options: LiveCheckOptions,
  certificates: ReadCertificate,
  test: Test,
): Promise<CollectorResponses> {
  const agent = `convey/${options.version}`;
  const [name, certificate, plainly, event] = await Promise.all([
    resolveHost(url.hostname, options.names),
    certificates(url),
    url.protocol === 'https:' && url.port === '' ? fetchOverHttp(url, agent) : undefined,
    test.plain(),
  ]);
  // Runs alone, because its duration is measured.
  const pixel = await fetchPixel(url, url.searchParams.get('k') ?? '', agent);
  return { url, name, ...(certificate && { certificate }), ...(plainly && { plainly }), pixel, event };
}

function isAccepted(answer: EventResponse | NoResponse): boolean {
  return 'status' in answer && answer.status === 202;
}

async function queryGateway(
  { readClients, readOutcomes }: GatewayClient,
  { posts }: PageVisit,
  ids: { readonly plain: string | undefined; readonly forged: string | undefined },
): Promise<GatewayEvidence> {
  const seen = async (id: string | undefined) =>
    id === undefined
      ? undefined
      : await poll(
          arrivalMs,
          async () => (await readClients(id))[0],
          () => true,
        );
  const eventIds = posts
    .filter(({ status }) => status === 202)
    .flatMap((post) => post.eventIds)
    .slice(0, maxItems);
  const [plain, forged, ...outcomes] = await Promise.all([
    seen(ids.plain),
    seen(ids.forged),
    ...eventIds.map((id) =>
      poll(
        outcomeMs,
        () => readOutcomes(id),
        (found) => !found.includes('undelivered'),
      ),
    ),
  ]);
  const arrivedEvents = outcomes.filter((found) => found !== undefined);
  return {
    ...(plain && { plain }),
    ...(forged && { forged }),
    ownAddresses: publicAddresses(),
    arrived: arrivedEvents.length,
    skips: [...new Set(arrivedEvents.flat())],
  };
}

/** Polls until the result is satisfying or the timeout ends. Returns the last result. */
async function poll<T>(
  timeoutMs: number,
  read: () => Promise<T | undefined>,
  isDone: (found: T) => boolean,
): Promise<T | undefined> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const found = await read();
    if ((found !== undefined && isDone(found)) || Date.now() > end) return found;
    await new Promise((resolve) => setTimeout(resolve, pollEveryMs));
  }
}

function publicAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address)
    .filter((address) => !isNonPublicAddress(address));
}
