import { randomUUID } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import type { Site } from '../../event/site.ts';
import { isNonPublicAddress } from '../../net/ssrf-guard.ts';
import { fetchPage } from '../fetch-page.ts';
import { analyzePage } from '../page-report.ts';
import { type PageVisit, visitPage } from './browser-visit.ts';
import { type DnsResolver, resolveHost } from './dns-lookup.ts';
import {
  type CollectorAnswers,
  type GatewayEvidence,
  type IdentifiedClient,
  type LiveEvidence,
  spoofedClient,
} from './evidence.ts';
import { launchBrowser } from './launch-browser.ts';
import { type EventAnswer, fetchOverHttp, fetchPixel, type NoResponse, postTestEvent } from './probe-collector.ts';
import { type Certificate, readCertificate } from './read-certificate.ts';

/** What is looked at, and with what. */
export interface LiveCheckOptions {
  readonly url: URL;
  readonly site: Site;
  readonly sites: readonly Site[];
  readonly proxies: LiveEvidence['proxies'];
  readonly consent?: 'granted' | 'denied' | undefined;
  readonly browserPath?: string | undefined;
  /** Node.js was given authorities beside the public ones: the browser then trusts what Node.js trusts of page and collector. */
  readonly hasOwnAuthorities: boolean;
  readonly version: string;
  readonly names: DnsResolver;
  /** Absent where none runs. */
  readonly gateway?: GatewayClient | undefined;
  /** Told of each step that takes a while. */
  readonly onStep?: (step: string) => void;
}

/** The running gateway, asked over its socket. */
export interface GatewayClient {
  readonly seenOf: (eventId: string) => Promise<readonly IdentifiedClient[]>;
  /** What became of the event on each connection; `undefined` where it has none of this id. */
  readonly outcomesOf: (eventId: string) => Promise<readonly string[] | undefined>;
}

const arrivalMs = 10_000;
const outcomeMs = 4_000;
const lookEveryMs = 200;
const maxAsked = 5;

/** Opens the page, asks the collector, asks the gateway. @throws ConveyError where no browser can be had. */
export async function collectEvidence(look: LiveCheckOptions): Promise<LiveEvidence> {
  const { url, site, sites, proxies, consent, version, names, gateway, onStep = () => undefined } = look;
  const certificates = certificateReader();
  onStep(`Looking up ${url.hostname}`);
  const [name, certificate, read] = await Promise.all([
    resolveHost(url.hostname, names),
    certificates(url),
    fetchPage(url, { userAgent: `convey/${version}`, allowPrivate: true }),
  ]);
  const trustedKeys = look.hasOwnAuthorities ? await keysOf(url, 'html' in read ? read.html : '', certificates) : [];
  onStep('Opening the page in Chromium');
  const { visit, isSandboxed } = await visitIn(look, trustedKeys);
  const pixel = pixelOf(visit, site);
  const observed = { now: Date.now(), site, sites, proxies, consent, visit, isSandboxed };
  const page = { url, name, ...(certificate && { certificate }) };
  if (!pixel) return { ...observed, page };
  onStep(`Asking ${pixel.host}`);
  const test = testOf(look, pixel);
  const collector = await askCollector(pixel, look, certificates, test);
  const forged = taken(collector.event) ? await test.forged() : undefined;
  if (!gateway) return { ...observed, page, collector };
  onStep('Asking the gateway what it saw');
  const account = await askGateway(gateway, visit, {
    plain: taken(collector.event) ? test.id : undefined,
    forged: forged && taken(forged) ? test.forgedId : undefined,
  });
  return { ...observed, page, collector, gateway: account };
}

async function visitIn(
  { url, consent, browserPath }: LiveCheckOptions,
  trustedKeys: readonly string[],
): Promise<Pick<LiveEvidence, 'visit' | 'isSandboxed'>> {
  const { browser, isSandboxed } = await launchBrowser({ path: browserPath, trustedKeys });
  try {
    return { visit: await visitPage({ url, consent, browser }), isSandboxed };
  } finally {
    await browser.close();
  }
}

/** The site's own pixel where the page has it, else any. */
function pixelOf({ pixels }: PageVisit, { writeKey }: Site): URL | undefined {
  const urls = pixels.map(({ url }) => new URL(url));
  return urls.find(({ searchParams }) => searchParams.get('k') === writeKey) ?? urls[0];
}

type ReadCertificate = (url: URL) => Promise<Certificate | NoResponse | undefined>;

/** Each host is asked once. */
function certificateReader(): ReadCertificate {
  const read = new Map<string, Promise<Certificate | NoResponse>>();
  return async (url) => {
    if (url.protocol !== 'https:') return undefined;
    const known = read.get(url.host) ?? readCertificate(url);
    read.set(url.host, known);
    return known;
  };
}

/** Public keys of the certificates, of the page and of the pixels that its text names, that Node.js trusts. */
async function keysOf(page: URL, html: string, certificates: ReadCertificate): Promise<readonly string[]> {
  const named = analyzePage(html).pixels.flatMap(({ before }) => URL.parse(before, page.href) ?? []);
  const shown = await Promise.all([page, ...named.slice(0, maxAsked)].map(certificates));
  return shown.flatMap((one) => (one && 'keyPin' in one && one.refusal === undefined ? [one.keyPin] : []));
}

interface Test {
  readonly id: string;
  readonly forgedId: string;
  readonly plain: () => Promise<EventAnswer | NoResponse>;
  readonly forged: () => Promise<EventAnswer | NoResponse>;
}

function testOf({ url: { origin }, proxies: { countryHeader }, version }: LiveCheckOptions, pixel: URL): Test {
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

async function askCollector(
  url: URL,
  look: LiveCheckOptions,
  certificates: ReadCertificate,
  test: Test,
): Promise<CollectorAnswers> {
  const agent = `convey/${look.version}`;
  const [name, certificate, plainly, event] = await Promise.all([
    resolveHost(url.hostname, look.names),
    certificates(url),
    url.protocol === 'https:' && url.port === '' ? fetchOverHttp(url, agent) : undefined,
    test.plain(),
  ]);
  // Alone, since its time counts.
  const pixel = await fetchPixel(url, url.searchParams.get('k') ?? '', agent);
  return { url, name, ...(certificate && { certificate }), ...(plainly && { plainly }), pixel, event };
}

function taken(answer: EventAnswer | NoResponse): boolean {
  return 'status' in answer && answer.status === 202;
}

async function askGateway(
  { seenOf, outcomesOf }: GatewayClient,
  { posts }: PageVisit,
  ids: { readonly plain: string | undefined; readonly forged: string | undefined },
): Promise<GatewayEvidence> {
  const seen = async (id: string | undefined) =>
    id === undefined
      ? undefined
      : await polled(
          arrivalMs,
          async () => (await seenOf(id))[0],
          () => true,
        );
  const told = posts
    .filter(({ status }) => status === 202)
    .flatMap(({ eventIds }) => eventIds)
    .slice(0, maxAsked);
  const [plain, forged, ...outcomes] = await Promise.all([
    seen(ids.plain),
    seen(ids.forged),
    ...told.map((id) =>
      polled(
        outcomeMs,
        () => outcomesOf(id),
        (found) => !found.includes('undelivered'),
      ),
    ),
  ]);
  const arrived = outcomes.filter((found) => found !== undefined);
  return {
    ...(plain && { plain }),
    ...(forged && { forged }),
    ownAddresses: publicAddresses(),
    arrived: arrived.length,
    skips: [...new Set(arrived.flat())],
  };
}

/** What the last look found, once it satisfies or the time is over. */
async function polled<T>(
  patienceMs: number,
  lookAt: () => Promise<T | undefined>,
  satisfies: (found: T) => boolean,
): Promise<T | undefined> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const found = await lookAt();
    if ((found !== undefined && satisfies(found)) || Date.now() > end) return found;
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

function publicAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address)
    .filter((address) => !isNonPublicAddress(address));
}
