import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it as plainIt } from 'vitest';
import { z } from 'zod';
import { buildSnippet } from '../../src/pixel/pixel.fixture.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { createShopper, getSharedBrowser, type Shopper } from '../browser.fixture.ts';
import { eventually, makeFolder, post } from '../gateway.fixture.ts';
import { startLocalGateway } from '../paced-gateway.fixture.ts';
import { fileCleanups } from '../setup/file-cleanups.ts';

/** A shop with a UET tag and the pixel, its site on a gateway, and Microsoft's simulator with its journal. */

/** Opens a scene for one test. It is closed at the end of the test. */
export type OpenScene = (options?: SceneOptions) => Promise<TagScene>;

/** A test with its own scenes, so that tests can run concurrently. Most of their time is waiting. */
export const it = plainIt.extend<{ openScene: OpenScene }>({
  // biome-ignore lint/correctness/noEmptyPattern: the runner reads the fixture's dependencies from the pattern
  openScene: async ({}, use) => {
    const cleanups: (() => unknown)[] = [];
    await use((options) => openScene(cleanups, options));
    for (const cleanUp of cleanups.toReversed()) await cleanUp();
  },
});

export const msclkid = 'dd4afcccb1c94a4cad9544dd7e5006ab';
export const sentClick = 'dd4afccc-b1c9-4a4c-ad95-44dd7e5006ab';
export const denied = { adStorage: 'denied' };

export interface TagScene {
  readonly microsoft: MicrosoftSimulator;
  /** The tag that is configured for the site. */
  readonly tagId: string;
  /** A tag of the page that is not configured for the site. */
  readonly otherTagId: string;
  readonly shopper: Shopper;
  /** The script of Convey's snippet, without its element. */
  readonly snippet: string;
  /** The shop's responses by path, as HTML or as a script. A path without an entry gets the page `'*'`. */
  readonly pages: Record<string, string>;
  /** Opens a page of the shop, and waits for its document only. */
  openScene(path: string): Promise<void>;
  /** Calls `convey` on the page, as the shop's own script would. */
  call(...words: readonly unknown[]): Promise<unknown>;
  run(script: string): Promise<unknown>;
  /** Returns one line for each event that Microsoft received, sorted: name, path or id, and source. */
  getReports(tag?: string): string[];
  /** Returns the tag's beacons in the order of their arrival. */
  getBeacons(): Readonly<Record<string, string>>[];
  /** Returns the server's report of each event. */
  getServerReports(): z.output<typeof serverReport>[];
  /** Returns the latest report of each event that the pixel sent to the collector. */
  getSentEvents(): readonly z.output<typeof sentEvent>[];
}

const serverReport = z.looseObject({
  eventType: z.string(),
  eventName: z.string().optional(),
  eventId: z.string(),
  userData: z.looseObject({ msclkid: z.string().optional() }),
});
const sentEvent = z.looseObject({
  name: z.string(),
  id: z.string(),
  page: z.looseObject({ browserTag: z.string().optional() }),
  consent: z.looseObject({ source: z.string().optional() }),
});
const batch = z.object({ events: z.array(sentEvent) });

const modes = ['attach', 'load'] as const;
const queues = ['uetq', 'uetq2'];
const policies = ['granted', 'strict', 'regional'] as const;
/** The scenes of one kind that a file can open. */
const scenesOfKind = 20;

export interface SceneOptions {
  readonly mode?: (typeof modes)[number];
  readonly queue?: string;
  readonly policy?: (typeof policies)[number];
}

/** A site of the gateway, for one scene. */
interface SceneSite extends Required<SceneOptions> {
  readonly id: string;
  readonly tagId: string;
  readonly otherTagId: string;
  readonly writeKey: string;
  readonly secretKey: string;
}

interface Backend {
  readonly microsoft: MicrosoftSimulator;
  readonly url: string;
  /** Returns a site that no scene has had. @throws if there is none. */
  take(options: Required<SceneOptions>): SceneSite;
  close(): Promise<void>;
}

const kinds = modes.flatMap((mode) => queues.flatMap((queue) => policies.map((policy) => ({ mode, queue, policy }))));

function listSites(): SceneSite[] {
  return Array.from({ length: kinds.length * scenesOfKind }, (_, index) => kinds[index % kinds.length])
    .filter((kind) => kind !== undefined)
    .map((kind, index) => {
      const nth = String(index).padStart(6, '0');
      const keys = { writeKey: `wk_scene_${nth}`, secretKey: `sk_scene_0123456789_${nth}` };
      return { ...kind, id: `shop-${nth}`, tagId: `187${nth}`, otherTagId: `188${nth}`, ...keys };
    });
}

/** Starts the gateway of a file's scenes: a start costs as much as a scene, and a site costs nothing. */
async function startBackend(): Promise<Backend> {
  const sites = listSites();
  const tags = sites.flatMap(({ tagId, otherTagId }) => [tagId, otherTagId]);
  const token = 'good-token';
  const microsoft = await startMicrosoftSimulator({ port: 0, tokens: Object.fromEntries(tags.map((tag) => [tag, token])) });
  const folder = makeFolder();
  const buildSite = ({ id, mode, queue, policy, tagId, writeKey, secretKey }: SceneSite) => ({
    ...{ id, writeKey, secretKeys: [secretKey], domains: ['127.0.0.1'], consent: { policy } },
    ...{ defaultCountry: 'US', defaultCurrency: 'USD' },
    uet: { mode, tagId, queue, script: `${microsoft.url}/bat.js` },
    connections: [{ id: 'bing', destination: 'microsoft', settings: { tagId, token, endpoint: microsoft.url } }],
  });
  // All shoppers have one address.
  const collector = { perAddress: { perSecond: 100_000, burst: 1_000_000 } };
  const gateway = await startLocalGateway(folder.writeConfig(microsoft.url, { collector, sites: sites.map(buildSite) }));
  return {
    microsoft,
    url: gateway.url,
    take({ mode, queue, policy }) {
      const index = sites.findIndex((one) => one.mode === mode && one.queue === queue && one.policy === policy);
      const [site] = index < 0 ? [] : sites.splice(index, 1);
      if (!site) throw new Error(`no site is left with ${mode}, ${queue} and ${policy}`);
      return site;
    },
    async close() {
      await gateway.stop();
      await microsoft.close();
      folder.remove();
    },
  };
}

let backend: Promise<Backend> | undefined;
fileCleanups.add(async () => {
  const ended = backend;
  backend = undefined;
  await (await ended)?.close();
});

async function openScene(cleanups: (() => unknown)[], options: SceneOptions = {}): Promise<TagScene> {
  const { mode = 'attach', queue = 'uetq', policy = 'granted' } = options;
  backend ??= startBackend();
  const { microsoft, url, take } = await backend;
  const site = take({ mode, queue, policy });
  const { tagId, otherTagId } = site;

  const script = buildSnippet(`${url}/p.js?k=${site.writeKey}`).replace(/<\/?script>/g, '');
  const pages: Record<string, string> = {};
  const shop = await serve(pages);
  cleanups.push(shop.close);
  const shopper = await createShopper(await getSharedBrowser());
  cleanups.push(shopper.close);

  const latest = new Map<string, z.output<typeof sentEvent>>();
  shopper.context.on('request', (request) => {
    if (request.url() !== `${url}/e`) return;
    for (const event of batch.parse(JSON.parse(request.postData() ?? '')).events) latest.set(event.id, event);
  });
  const journal = (tag = tagId) => microsoft.journalEvents().filter((event) => event.tagId === tag);
  const scene: TagScene = {
    microsoft,
    tagId,
    otherTagId,
    shopper,
    snippet: script,
    pages,
    openScene: async (path) => void (await shopper.page.goto(shop.url + path, { waitUntil: 'commit' })),
    call: (...words) => shopper.page.evaluate((args) => Reflect.apply(Reflect.get(window, 'convey'), undefined, args), words),
    run: (code) => shopper.page.evaluate(code),
    getReports: (tag) => journal(tag).map(formatReport).sort(),
    getBeacons: () => journal().flatMap(({ browser }) => browser.map(({ parameters }) => parameters ?? {})),
    getServerReports: () => journal().flatMap(({ server }) => server.map(({ event }) => serverReport.parse(event))),
    getSentEvents: () => [...latest.values()],
  };
  posts.set(scene, (events) => post(url, events, site.secretKey));
  return scene;
}

/** Sends events of a scene's server. */
const posts = new WeakMap<TagScene, (events: readonly unknown[]) => Promise<unknown>>();

type JournalEvent = ReturnType<MicrosoftSimulator['journalEvents']>[number];

/** Formats an event as `view /a by tag` or `lead l-1 by both`, and notes several reports of a source and an uncounted event. */
function formatReport({ eventType, eventName, eventId, server, browser, counted }: JournalEvent): string {
  const address = String([...server, ...browser][0]?.event.eventSourceUrl);
  const subject = eventType === 'pageLoad' ? `view ${new URL(address).pathname}` : `${eventName} ${eventId}`;
  const sides = `${server.length} and ${browser.length}`;
  const source = { '1 and 1': 'both', '1 and 0': 'server', '0 and 1': 'tag' }[sides] ?? sides;
  return `${subject} by ${source}${counted === 'none' ? ', uncounted' : ''}`;
}

const countViews = (lines: readonly string[]) => lines.filter((line) => line.startsWith('view ')).length;

/**
 * Waits until the pixel has sent its page views and Microsoft has received these events, leaves the shop, and waits until all other
 * pending reports have arrived. Expects no further report and no page error.
 * @param views the number of page views that the pixel sends, if it differs from the number in `lines`.
 */
export async function expectReports(scene: TagScene, lines: readonly string[], views = countViews(lines)): Promise<void> {
  await expectViews(scene, views);
  await eventually(() => contains(scene.getReports(), lines));
  await scene.shopper.page.goto('about:blank');
  await expectNoFurtherReports(scene, lines);
}

/** Does the same as `expectReports` after the shopper left. The requests of a page that ends cannot be observed. */
export async function expectReportsAfterLeaving(scene: TagScene, lines: readonly string[]): Promise<void> {
  await eventually(() => contains(scene.getReports(), lines));
  await expectNoFurtherReports(scene, lines);
}

/** Sends a last event, and waits until Microsoft has it. All events that the gateway accepted before have arrived then. */
async function expectNoFurtherReports(scene: TagScene, lines: readonly string[]): Promise<void> {
  const user = { anonymousId: 'b171a9b06ce011ecafcd1b209be8601b' };
  const consent = { adStorage: 'granted', source: 'server', explicit: true };
  await posts.get(scene)?.([{ id: 'the-end', name: 'Lead', user, consent }]);
  const end = 'lead the-end by server';
  await waitUntil(() => scene.getReports().includes(end));
  expect(scene.getReports().filter((line) => line !== end)).toEqual(lines.toSorted());
  expect(scene.shopper.pageErrors).toEqual([]);
}

/** Waits until the pixel has sent this number of page views, so the source that counts each is decided. */
export async function expectViews(scene: TagScene, count: number): Promise<void> {
  await waitUntil(() => scene.getSentEvents().filter(({ name }) => name === 'PageView').length >= count);
}

function contains(lines: readonly string[], expected: readonly string[]): boolean {
  const count = (all: readonly string[], line: string) => all.filter((each) => each === line).length;
  return expected.every((line) => count(lines, line) >= count(expected, line));
}

/** Tracks the three events of a visit. */
export async function trackVisit({ call }: TagScene): Promise<void> {
  const items = [{ id: 'sku1', price: 62.7, quantity: 2 }];
  await call('track', 'ViewContent', { id: 'v-1', items });
  await call('track', 'AddToCart', { id: 'c-1', items });
  await call('track', 'Purchase', { orderId: '1001', value: 125.4, currency: 'USD', items });
}

/** Returns the lines of `getReports` for the events of `trackVisit`. */
export function visitReports(source: 'server' | 'both'): string[] {
  return [`view_item v-1 by ${source}`, `add_to_cart c-1 by ${source}`, `purchase purchase-1001 by ${source}`];
}

/** Waits until the pixel runs. */
export const waitForPixel = (scene: TagScene) => waitUntil(async () => (await scene.run('!!window.convey?.isLive')) === true);

/** Waits until the condition holds, and fails if it does not. */
export async function waitUntil(condition: () => boolean | Promise<boolean>): Promise<void> {
  expect(await eventually(condition)).toBe(true);
}

/** The tag's id, queue and options in the page. */
export interface TagOnPage {
  readonly tag?: string;
  readonly queue?: string;
  /** Further options of the tag, as source code. */
  readonly options?: string;
  /** A script that runs right after the tag counted the page. */
  readonly afterwards?: string;
}

/** Returns the script that loads the tag, as Microsoft documents it. */
export function tagScript(
  { microsoft, tagId }: TagScene,
  { tag = tagId, queue = 'uetq', options = '', afterwards = '' }: TagOnPage = {},
): string {
  return `(function (w, d) {
    w.${queue} = w.${queue} || [];
    var s = d.createElement('script');
    s.async = true;
    s.src = '${microsoft.url}/bat.js';
    s.onload = function () {
      w.${queue} = new UET({ ti: '${tag}', q: w.${queue}, ${options} });
      w.${queue}.push('pageLoad');
      ${afterwards}
    };
    d.head.appendChild(s);
  })(window, document);`;
}

/** Returns a page with these scripts in this order, and with buttons for the consent choice. */
export function renderPage(...scripts: readonly string[]): string {
  const buttons = ['granted', 'denied'].map((choice) => `<button onclick="choose('${choice}')">${choice}</button>`);
  const choose = "function choose(choice) { convey('consent', { adStorage: choice }); }";
  const elements = [choose, ...scripts].map((script) => `<script>${script}</script>`);
  return `<!doctype html><title>Shop</title><link rel="icon" href="data:,">${elements.join('\n')}${buttons.join('')}`;
}

/** Delays a script, `bat.js` or `p.js`, until the returned function is called. */
export async function delayScript({ shopper }: TagScene, script: string): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await shopper.context.route(new RegExp(`/${script}(\\?|$)`), async (route) => {
    await promise;
    await route.continue().catch(() => undefined); // the page may be gone
  });
  return resolve;
}

/** Delays the responses to the tag's beacons like a slow network. The beacons themselves arrive at once. @param viewMs for page views */
export async function delayBeacons({ shopper }: TagScene, delayMs = 150, viewMs = delayMs): Promise<void> {
  await shopper.context.route(/\/action\/0/, async (route) => {
    // The simulator may close an idle connection at the moment at which the driver uses it again.
    const response = await route.fetch({ maxRetries: 2 });
    await sleep(route.request().url().includes('evt=pageLoad') ? viewMs : delayMs);
    await route.fulfill({ response }).catch(() => undefined); // the page may be gone
  });
}

/** Blocks the tag's script as a content blocker does. */
export async function blockTag({ shopper }: TagScene): Promise<void> {
  await shopper.context.route('**/bat.js', (route) => route.abort('blockedbyclient'));
}

async function serve(pages: Readonly<Record<string, string>>) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://shop.example');
    response.setHeader('content-type', pathname.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8');
    response.end(pages[pathname] ?? pages['*'] ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
