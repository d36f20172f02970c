import { createServer } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it as plainIt } from 'vitest';
import { z } from 'zod';
import { createPacedClock } from '../../src/clock/paced-clock.fixture.ts';
import { buildSnippet } from '../../src/pixel/pixel.fixture.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../../src/simulators/microsoft/simulator.ts';
import { createShopper, launchBrowser, type Shopper } from '../browser.fixture.ts';
import { eventually, makeFolder, post, tagId, writeKey } from '../gateway.fixture.ts';
import { startPacedGateway } from '../paced-gateway.fixture.ts';

/**
 * A shop with a UET tag and the pixel, a gateway process, and Microsoft's simulator, whose journal says what became of all of
 * it. To be called by a test file's own tests alone: it opens a browser for them.
 */

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

/** Opens a scene for one test; what it started is ended with the test. */
export type OpenScene = (options?: SceneOptions) => Promise<TagScene>;

/** For tests that run side by side, since most of their time is waiting: each has scenes of its own. */
export const it = plainIt.extend<{ openScene: OpenScene }>({
  // biome-ignore lint/correctness/noEmptyPattern: the runner reads from it what the fixture needs
  openScene: async ({}, use) => {
    const ending: (() => unknown)[] = [];
    await use((options) => open(ending, options));
    for (const end of ending.toReversed()) await end();
  },
});

/** A tag of the page that the site knows nothing of. */
export const otherTagId = '187099999';
export const msclkid = 'dd4afcccb1c94a4cad9544dd7e5006ab';
export const sentClick = 'dd4afccc-b1c9-4a4c-ad95-44dd7e5006ab';
export const denied = { adStorage: 'denied' };

export interface TagScene {
  readonly microsoft: MicrosoftSimulator;
  readonly shopper: Shopper;
  /** The script of Convey's snippet, without its element. */
  readonly snippet: string;
  /** What the shop answers by path, as HTML or as a script; a path without an entry is the page `'*'`. */
  readonly pages: Record<string, string>;
  /** Opens a page of the shop, and waits for nothing but its document. */
  open(path: string): Promise<void>;
  /** Calls `convey` on the page, as the shop's own script would. */
  call(...words: readonly unknown[]): Promise<unknown>;
  run(script: string): Promise<unknown>;
  /** Every event that Microsoft knows of, in its words and sorted: what, where or which, and who told it. */
  told(tag?: string): string[];
  /** The tag's beacons, in the order of their arrival. */
  beacons(): Readonly<Record<string, string>>[];
  /** What the server told of each event. */
  served(): z.output<typeof served>[];
  /** What the pixel has handed on to the collector, as it last told it. */
  sent(): readonly z.output<typeof sent>[];
}

const served = z.looseObject({
  eventType: z.string(),
  eventName: z.string().optional(),
  eventId: z.string(),
  userData: z.looseObject({ msclkid: z.string().optional() }),
});
const sent = z.looseObject({
  name: z.string(),
  id: z.string(),
  page: z.looseObject({ browserTag: z.string().optional() }),
  consent: z.looseObject({ source: z.string().optional() }),
});
const body = z.object({ events: z.array(sent) });

export interface SceneOptions {
  readonly mode?: 'attach' | 'load';
  readonly queue?: string;
  readonly policy?: 'granted' | 'strict' | 'regional';
}

async function open(ending: (() => unknown)[], options: SceneOptions = {}): Promise<TagScene> {
  const { mode = 'attach', queue = 'uetq', policy = 'granted' } = options;
  const folder = makeFolder();
  ending.push(() => folder.remove());
  const clock = createPacedClock();
  const microsoft = await startMicrosoftSimulator({
    port: 0,
    tokens: { [tagId]: 'good-token', [otherTagId]: 'other-token' },
    now: clock.now,
  });
  ending.push(() => microsoft.close());
  const uet = { mode, tagId, queue, script: `${microsoft.url}/bat.js` };
  const site = { domains: ['127.0.0.1'], consent: { policy }, uet };
  const gateway = await startPacedGateway(folder.writeConfig(microsoft.url, { site }), clock);
  ending.push(() => gateway.stop());

  const script = buildSnippet(`${gateway.url}/p.js?k=${writeKey}`).replace(/<\/?script>/g, '');
  const pages: Record<string, string> = {};
  const shop = await serve(pages);
  ending.push(shop.close);
  const shopper = await createShopper(browser);
  ending.push(shopper.close);

  const told = new Map<string, z.output<typeof sent>>();
  shopper.context.on('request', (request) => {
    if (request.url() !== `${gateway.url}/e`) return;
    for (const event of body.parse(JSON.parse(request.postData() ?? '')).events) told.set(event.id, event);
  });
  const scene: TagScene = {
    microsoft,
    shopper,
    snippet: script,
    pages,
    open: async (path) => void (await shopper.page.goto(shop.url + path, { waitUntil: 'commit' })),
    call: (...words) => shopper.page.evaluate((given) => Reflect.apply(Reflect.get(window, 'convey'), undefined, given), words),
    run: (code) => shopper.page.evaluate(code),
    told: (tag = tagId) =>
      microsoft
        .journalEvents()
        .flatMap((event) => (event.tagId === tag ? [lineOf(event)] : []))
        .sort(),
    beacons: () => microsoft.journalEvents().flatMap(({ browser }) => browser.map(({ parameters }) => parameters ?? {})),
    served: () => microsoft.journalEvents().flatMap(({ server }) => server.map(({ event }) => served.parse(event))),
    sent: () => [...told.values()],
  };
  gateways.set(scene, gateway.url);
  return scene;
}

const gateways = new WeakMap<TagScene, string>();

type Told = ReturnType<MicrosoftSimulator['journalEvents']>[number];

/** `view /a by tag`, `lead l-1 by both`; more than one report of a side, or a report that counts for nothing, is said. */
function lineOf({ eventType, eventName, eventId, server, browser, counted }: Told): string {
  const address = String([...server, ...browser][0]?.event.eventSourceUrl);
  const what = eventType === 'pageLoad' ? `view ${new URL(address).pathname}` : `${eventName} ${eventId}`;
  const sides = `${server.length} and ${browser.length}`;
  const by = { '1 and 1': 'both', '1 and 0': 'server', '0 and 1': 'tag' }[sides] ?? sides;
  return `${what} by ${by}${counted === 'none' ? ', uncounted' : ''}`;
}

const viewsIn = (lines: readonly string[]) => lines.filter((line) => line.startsWith('view ')).length;

/**
 * Waits until the pixel has handed on its page views and Microsoft knows of these events, leaves the shop, and waits until
 * whatever else was on its way would have come too: nothing is told twice, and no page complained.
 * @param views how many the pixel hands on, where that is not as many as Microsoft is told of.
 */
export async function expectTold(scene: TagScene, lines: readonly string[], views = viewsIn(lines)): Promise<void> {
  await expectViews(scene, views);
  await eventually(() => contains(scene.told(), lines), 8_000);
  await scene.shopper.page.goto('about:blank');
  await expectNoMore(scene, lines);
}

/** As `expectTold`, of a shopper who has left already: nobody sees what a page hands on as it ends. */
export async function expectEnd(scene: TagScene, lines: readonly string[]): Promise<void> {
  await eventually(() => contains(scene.told(), lines), 8_000);
  await expectNoMore(scene, lines);
}

/** What the server knew before the last event has arrived when that one has. */
async function expectNoMore(scene: TagScene, lines: readonly string[]): Promise<void> {
  const user = { anonymousId: 'b171a9b06ce011ecafcd1b209be8601b' };
  const consent = { adStorage: 'granted', source: 'server', explicit: true };
  await post(gateways.get(scene) ?? '', [{ id: 'the-end', name: 'Lead', user, consent }]);
  const end = 'lead the-end by server';
  await until(() => scene.told().includes(end));
  expect(scene.told().filter((line) => line !== end)).toEqual(lines.toSorted());
  expect(scene.shopper.pageErrors).toEqual([]);
}

/** Waits until the pixel has handed on so many page views: it is decided who counts each. */
export async function expectViews(scene: TagScene, count: number): Promise<void> {
  await until(() => scene.sent().filter(({ name }) => name === 'PageView').length >= count);
}

function contains(lines: readonly string[], wanted: readonly string[]): boolean {
  const count = (all: readonly string[], line: string) => all.filter((each) => each === line).length;
  return wanted.every((line) => count(lines, line) >= count(wanted, line));
}

/** Does the three events of a visit. */
export async function shop({ call }: TagScene): Promise<void> {
  const items = [{ id: 'sku1', price: 62.7, quantity: 2 }];
  await call('track', 'ViewContent', { id: 'v-1', items });
  await call('track', 'AddToCart', { id: 'c-1', items });
  await call('track', 'Purchase', { orderId: '1001', value: 125.4, currency: 'USD', items });
}

/** What `told` says of them. */
export function shoppedBy(who: 'server' | 'both'): string[] {
  return [`view_item v-1 by ${who}`, `add_to_cart c-1 by ${who}`, `purchase purchase-1001 by ${who}`];
}

/** Waits until the pixel took over. */
export const isLive = (scene: TagScene) => until(async () => (await scene.run('!!window.convey?.isLive')) === true);

/** Waits for what a test goes on from. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  expect(await eventually(holds, 12_000)).toBe(true);
}

/** Where the page has the tag from, and how. */
export interface TagOnPage {
  readonly tag?: string;
  readonly queue?: string;
  /** Further options of the tag, as a script writes them. */
  readonly options?: string;
  /** What the page does right after the tag counted it. */
  readonly afterwards?: string;
}

/** The script that loads the tag, as Microsoft has shops paste it. */
export function tagScript(
  { microsoft }: TagScene,
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

/** A page of these scripts, in this order, with buttons for what a shopper chooses. */
export function pageOf(...scripts: readonly string[]): string {
  const buttons = ['granted', 'denied'].map((choice) => `<button onclick="choose('${choice}')">${choice}</button>`);
  const choose = "function choose(choice) { convey('consent', { adStorage: choice }); }";
  const elements = [choose, ...scripts].map((script) => `<script>${script}</script>`);
  return `<!doctype html><title>Shop</title><link rel="icon" href="data:,">${elements.join('\n')}${buttons.join('')}`;
}

/** Holds a script back, `bat.js` or `p.js`, until what this answers is called. */
export async function hold({ shopper }: TagScene, script: string): Promise<() => void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await shopper.context.route(new RegExp(`/${script}(\\?|$)`), async (route) => {
    await promise;
    await route.continue().catch(() => undefined); // the page may be gone
  });
  return resolve;
}

/** Answers the tag's beacons as late as the internet does; they arrive at once. */
export async function farAway({ shopper }: TagScene, delayMs = 150): Promise<void> {
  await shopper.context.route(/\/action\/0/, async (route) => {
    const response = await route.fetch();
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await route.fulfill({ response }).catch(() => undefined); // the page may be gone
  });
}

/** As a content blocker does. */
export async function block({ shopper }: TagScene): Promise<void> {
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
