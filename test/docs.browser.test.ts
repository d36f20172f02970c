import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { renderPages } from '../scripts/docs-tables.ts';
import { measurePixel } from '../scripts/size.ts';
import { filters } from '../src/api/http/parameters.ts';
import { loadCommands } from '../src/cli/run-cli.ts';
import { readConfig } from '../src/config/config.ts';
import { deferralDelayMs } from '../src/delivery/sending/backoff.ts';
import { destinations } from '../src/destinations/destinations.ts';
import { listAliases, normalizeEventName, signalName, signalTypes, standardEventNames } from '../src/event/event-names.ts';
import { isClickIdKey, matchKeys } from '../src/event/match-keys.ts';
import { describeMissingKey, matchSubjects, missingKeyCodes } from '../src/event/missing-match-keys.ts';
import { describeGap, orderGaps } from '../src/event/order-accuracy.ts';
import { rejectionReasons } from '../src/event/rejection-reasons.ts';
import { skipReasons } from '../src/event/skip-reasons.ts';
import { hourMs, minuteMs, secondMs } from '../src/event/units.ts';
import { type Gateway, startGateway } from '../src/gateway/start-gateway.ts';
import { acceptEvent } from '../src/ingest/accept/accept.ts';
import { createReadContext } from '../src/ingest/accept/field-readers.ts';
import { readCommerce, readConsent, readGoal, readPage, readUser } from '../src/ingest/accept/submission.ts';
import { ingestBrowserBatch } from '../src/ingest/browser/browser-batch.ts';
import { createCollectorDeps, createMemoryLog } from '../src/ingest/collector.fixture.ts';
import { createCollectorApp } from '../src/ingest/collector.ts';
import { createLogger } from '../src/logger.ts';
import { buildSnippet } from '../src/pixel/pixel.fixture.ts';
import { faultSchema as googleAdsFaults } from '../src/simulators/google-ads/faults.ts';
import { googleAdsSimulator } from '../src/simulators/google-ads/simulator.ts';
import { faultSchema as metaFaults } from '../src/simulators/meta/faults.ts';
import { metaSimulator } from '../src/simulators/meta/simulator.ts';
import { faultSchema as microsoftFaults } from '../src/simulators/microsoft/faults.ts';
import { presets } from '../src/simulators/microsoft/settings.ts';
import { type MicrosoftSimulator, microsoftSimulator, startMicrosoftSimulator } from '../src/simulators/microsoft/simulator.ts';
import { faultSchema as openaiFaults } from '../src/simulators/openai-ads/faults.ts';
import { openaiSimulator } from '../src/simulators/openai-ads/simulator.ts';
import { faultSchema as pinterestFaults } from '../src/simulators/pinterest/faults.ts';
import { pinterestSimulator } from '../src/simulators/pinterest/simulator.ts';
import { simulators } from '../src/simulators/simulators.ts';
import { faultSchema as tiktokFaults } from '../src/simulators/tiktok/faults.ts';
import { tiktokSimulator } from '../src/simulators/tiktok/simulator.ts';
import { faultSchema as webhookFaults } from '../src/simulators/webhook/faults.ts';
import { webhookSimulator } from '../src/simulators/webhook/simulator.ts';
import { canonicalClickIdName, platformCookies } from '../src/visitors/click-ids.ts';
import { convey } from './cli.fixture.ts';
import { describeMetrics } from './metrics.fixture.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pages = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md', 'shops/**/*.md'], { cwd: root }).toSorted();

/** Returns the section under a heading, up to the next heading of the same or a higher level. Returns the whole page if no heading is given. */
function readSection(page: string, heading?: string): string {
  const whole = read(page);
  if (heading === undefined) return whole;
  const from = whole.indexOf(`\n${heading}\n`);
  expect(from, `${page} has the heading ${heading}`).toBeGreaterThanOrEqual(0);
  const level = heading.indexOf(' ');
  const rest = whole.slice(from + heading.length + 2);
  return rest.slice(0, new RegExp(`^#{1,${level}} `, 'm').exec(rest)?.index ?? rest.length);
}

/** Joins the lines of each paragraph, and of each entry of a list. */
function joinWrappedLines(text: string): string {
  return text.replace(/(?<!\n)\n *(?=[^-\n ])/g, ' ');
}

/** Returns the cells of table rows whose first cell is code, without the code marks around a whole cell. */
function readCodeRows(page: string, heading?: string): readonly (readonly string[])[] {
  const lines = readSection(page, heading).split('\n');
  return lines.flatMap((line) => (line.startsWith('| `') ? [line.slice(2, -2).split(' | ').map(removeCodeMarks)] : []));
}

/** Formats a duration in the largest of s, min and h that gives an integer. A day is 24 h. */
function formatDuration(ms: number): string {
  const units = { h: 3_600_000, min: 60_000, s: 1_000 };
  const [unit, unitMs] = Object.entries(units).find(([, each]) => ms % each === 0) ?? ['ms', 1];
  return `${ms / unitMs} ${unit}`;
}

function removeCodeMarks(cell: string): string {
  return /^`[^`]*`$/.test(cell) ? cell.slice(1, -1) : cell;
}

/** Returns the names, in code marks, with which the entries of a page's lists begin. An entry may have several. */
function readListed(page: string, heading?: string): string[] {
  const entries = readSection(page, heading).matchAll(/^- ((?:`[^`]+`(?:,\s+)?)+)/gm);
  return [...entries].flatMap(([, names = '']) => [...names.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)).toSorted();
}

/** Returns all matches of a pattern's first group in the source files. */
function findMatches(files: string, ...patterns: readonly RegExp[]): string[] {
  const sources = globSync(files, { cwd: root, exclude: ['**/*.{test,fixture,contract,suite}.ts'] }).map(read);
  const found = sources.flatMap((source) =>
    patterns.flatMap((pattern) => [...source.matchAll(pattern)].flatMap(([, ...groups]) => groups)),
  );
  return [...new Set(found.filter((one) => one !== undefined))].toSorted();
}

interface Block {
  readonly page: string;
  readonly language: string;
  /** The file name that the block states, if any. */
  readonly file: string | undefined;
  readonly code: string;
}

const blocks: readonly Block[] = pages.flatMap((page) =>
  [...read(page).matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(([, language = '', file, code = '']) => {
    return { page, language, file, code };
  }),
);

describe('the documents hold together', () => {
  test.each(pages)('every link of %s leads to a file and a heading that exist', (page) => {
    const prose = read(page).replace(/^```[\s\S]*?^```$/gm, '');
    const links = [...prose.matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]+))?\)/g)];
    const broken = links.filter(([, path = '', anchor]) => {
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !readHeadingIds(target).includes(anchor);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  test('every file of the project that a document names exists', () => {
    const named = pages.flatMap((page) =>
      [...read(page).matchAll(/`((?:src|test|docs|bin|examples)\/[\w./-]+)`/g)].map(([, path = '']) => path),
    );
    expect(named.length).toBeGreaterThan(50);
    const invented = blocks.flatMap(({ file }) => file ?? []);
    expect(named.filter((path) => !invented.includes(path) && !existsSync(join(root, path)))).toEqual([]);
  });

  test('every file in the diagrams of the architecture exists', () => {
    const diagrams = blocks.filter(({ page, language }) => page === 'ARCHITECTURE.md' && language === 'mermaid');
    const names = diagrams.flatMap(({ code }) => [...code.matchAll(/[\w-]+\.ts\b/g)].map(([name]) => name));
    expect(names.length).toBeGreaterThan(15);
    for (const name of names) expect(globSync(`src/**/${name}`, { cwd: root }), name).not.toEqual([]);
  });

  test('the README has the test command, word for word', () => {
    expect(read('README.md')).toContain('\nnpm install && npm test\n');
    expect(read('README.md')).toContain('\nnpm install && npm run demo\n');
  });

  test('every decision is in the list, and every document can be found from the README', () => {
    const decisions = globSync('docs/decisions/0*.md', { cwd: root }).map((path) => path.replace('docs/decisions/', ''));
    for (const page of decisions) expect(read('docs/decisions/README.md')).toContain(`(${page})`);
    const found = new Set(['README.md']);
    for (const page of found) {
      for (const [, path = ''] of read(page).matchAll(/\]\((?!https?:)([^)\s#]+\.md)/g)) found.add(join(dirname(page), path));
    }
    expect(pages.filter((page) => !found.has(page))).toEqual([]);
  });
});

function readHeadingIds(page: string): string[] {
  const lines = read(page).match(/^#+ .*$/gm) ?? [];
  return lines.map((line) => {
    const words = line.replace(/^#+ /, '').toLowerCase();
    return words.replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
  });
}

describe('the reference lists are those of the code', () => {
  test('the generated parts of the reference are those of the code', async () => {
    const changed = (await renderPages()).filter(({ text, rendered }) => text !== rendered);
    expect(
      changed.map(({ path }) => path),
      'npm run docs:tables writes them',
    ).toEqual([]);
  });

  test("every setting of Shopify's custom pixel, and what it hears", () => {
    const pixel = read('shops/shopify/custom-pixel.js');
    const [, settings = ''] = /const settings = \{\n(.*?)\n {2}\};/s.exec(pixel) ?? [];
    const names = [...settings.matchAll(/^ {4}(\w+): /gm)].map(([, name]) => name);
    expect(readCodeRows('shops/shopify/README.md', '## Paste it').map(([name]) => name)).toEqual(names);
    const subscribed = [...pixel.matchAll(/^ {6}case '(\w+)':/gm)].map(([, name]) => name);
    const [...documented] = readSection('shops/shopify/README.md', '## Events').matchAll(/^\| (`.*?) \| /gm);
    expect(documented.flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name)).toSorted()).toEqual(
      subscribed.toSorted(),
    );
  });

  test('every metric but those of the library has its own words', async () => {
    const known = await describeMetrics();
    const own = known.filter(({ name }) => name.startsWith('convey_'));
    expect(own.length).toBeGreaterThan(20);
    expect(known.filter((one) => !own.includes(one)).filter(({ name }) => !/^(?:process|nodejs)_/.test(name))).toEqual([]);
    expect([...new Set(own.map(({ type }) => type))].toSorted()).toEqual(['counter', 'gauge', 'histogram']);
    for (const { name, type } of own) expect(name.endsWith('_total'), name).toBe(type === 'counter');
  });

  test('every match key, and every reason for a missing one in its own words', () => {
    expect(readCodeRows('docs/destinations/microsoft.md', '## Match keys').map(([key]) => key)).toEqual(
      matchKeys.filter((key) => key === 'msclkid' || !isClickIdKey(key)),
    );
    const known = missingKeyCodes.map(({ subject, code }) => [subject, code, describeMissingKey({ subject }, code)?.says]);
    // An entry names the kinds that share a cause, unless all do.
    const section = joinWrappedLines(readSection('docs/guides/match-quality.md', '## Reasons'));
    const entries = [...section.matchAll(/^- `([\w-]+)`(?: of (.+?))?: (.*)$/gm)];
    const rows = entries.flatMap(([, code, kinds, cause]) =>
      (kinds?.match(/[\w-]+/g) ?? matchSubjects).map((subject) => [subject, code, cause]),
    );
    expect(matchSubjects.flatMap((subject) => rows.filter(([kind]) => kind === subject))).toEqual(known);
    expect(rows).toHaveLength(known.length);
  });

  test('every gap of an order in its own words', () => {
    const section = joinWrappedLines(readSection('docs/guides/accuracy.md', '## Gaps'));
    const known = orderGaps.map((gap) => {
      const { isExplained, says: message } = describeGap(gap);
      return [gap, isExplained ? 'explained' : 'missing', message];
    });
    const [skips = [], own] = [true, false].map((isSkip) =>
      known.filter(([gap = '']) => Object.hasOwn(skipReasons, gap) === isSkip),
    );
    expect([...section.matchAll(/^- `([\w-]+)`, (\w+): (.*)$/gm)].map(([, ...parts]) => parts)).toEqual(own);
    // The reference has the words of the skips.
    const explained = /Explained are (.*?);/.exec(section)?.[1]?.match(/[\w-]{4,}/g);
    expect(explained).toEqual(skips.flatMap(([gap, status]) => (status === 'explained' ? [gap] : [])));
  });

  test('every wait of one event', () => {
    const units = new Map(Object.entries({ s: secondMs, min: minuteMs, h: hourMs }));
    const section = readSection('docs/operations/running.md', '### The waits of one event');
    const waits = [...section.matchAll(/^\| (\d+)(?: and more)? \| (\d+) (s|min|h) \|$/gm)].map(([, tries, wait, unit = '']) => [
      Number(tries),
      Number(wait) * (units.get(unit) ?? 0),
    ]);
    const known = Array.from({ length: 12 }, (_, index) => [index + 1, deferralDelayMs(index + 1, () => 0.5)]);
    const last = known.at(-1)?.[1];
    expect(waits).toEqual(known.slice(0, known.findIndex(([, wait]) => wait === last) + 1));
  });

  test('every alias of a standard event leads to it', () => {
    for (const name of standardEventNames)
      for (const alias of listAliases(name)) expect(normalizeEventName(alias), alias).toBe(name);
  });

  test('every field that a submission may hold', () => {
    expect(readListed('docs/reference/events.md', '## Fields')).toEqual(submissionFields().toSorted());
  });

  test('every key of a body from a browser, and every field of a signal', async () => {
    const { inBrowserBody, inSignal } = await browserFields();
    expect(readListed('docs/reference/events.md', '## From a browser')).toEqual(inBrowserBody.toSorted());
    const listed = readListed('docs/reference/events.md', '## Signals').filter((first) => first.startsWith('signals[].'));
    expect(listed).toEqual(inSignal.map((field) => `signals[].${field}`).toSorted());
  });

  test('every type of signal with its name in the log', () => {
    const listed = [...readSection('docs/reference/events.md', '## Signals').matchAll(/^- `(\w+)`, logged as `(\S+)`:/gm)];
    expect(listed.map(([, type, name]) => [type, name])).toEqual(signalTypes.map((type) => [type, signalName(type)]));
  });

  test('every click id, and every cookie of a platform', () => {
    const readList = (start: string) => {
      const sentence = new RegExp(`^${start}[\\s\\S]*?:([\\s\\S]*?)\\.(?=\\s)`, 'm');
      const list = sentence.exec(read('docs/reference/events.md'))?.[1] ?? '';
      return [...list.matchAll(/`([a-z_]+|[A-Z]+)`/g)].map(([, name = '']) => name);
    };
    const clickIds = readList('Click ids that are kept');
    for (const name of clickIds) expect(canonicalClickIdName(name), name).toBe(name);
    const ofDestinations = destinations.flatMap(({ matching }) => matching.clickIds.map(({ name }) => name));
    const others = findMatches('src/visitors/click-ids.ts', /\{ name: '(\w+)'/g);
    expect(clickIds.toSorted()).toEqual([...ofDestinations, ...others].toSorted());
    expect(readList('Cookies that are read')).toEqual(platformCookies);
  });

  test('every command of the pixel', () => {
    const block = /^ {2}const commands(?:: .*?)? = \{\n([\s\S]*?)^ {2}\};$/m.exec(read('src/pixel/pixel.ts'))?.[1] ?? '';
    const known = [...block.matchAll(/^ {4}(\w+)(?:\(|:|,$)/gm)].map(([, command = '']) => command);
    // A part adds it.
    known.push(...findMatches('src/pixel/cross-domain.ts', /commands\.(\w+) = async/g));
    expect(known.length).toBeGreaterThan(6);
    const listed = [...readSection('docs/reference/pixel.md', '## Commands').matchAll(/^- `convey\('(\w+)'.*?\)`: /gm)];
    expect(listed.map(([, command]) => command)).toEqual(known);
    const called = pages.flatMap((page) => [...read(page).matchAll(/\bconvey\('(\w+)'/g)].map(([, command = '']) => command));
    expect(new Set(called)).toEqual(new Set(known));
  });

  test('every bound of the pixel', () => {
    const documented = [...readSection('docs/reference/pixel.md', '## Bounds').matchAll(/^- .*?: (.*)$/gm)].map(
      ([, bound = '']) => bound,
    );
    const bounds = [...read('src/pixel/outbox.ts').matchAll(/^const (\w+) = ([\d_]+);$/gm)];
    expect(bounds.length).toBeGreaterThan(8);
    for (const [, name = '', figure = ''] of bounds) {
      const value = Number(figure.replaceAll('_', ''));
      const shown = name.endsWith('Ms') ? formatDuration(value) : value.toLocaleString('en-GB');
      expect(
        documented.some((bound) => new RegExp(`^${shown}(?!\\d)`).test(bound)),
        `${name}: ${shown}`,
      ).toBe(true);
    }
  });

  test("the pixel's size, and what the snippet is", () => {
    const bounded = measurePixel().flatMap(({ name, limit }) =>
      limit === undefined ? [] : [[name, limit.toLocaleString('en-GB')]],
    );
    const listed = [...readSection('docs/reference/pixel.md', '## Size').matchAll(/^- (.+): ([\d.]+) KB of ([\d,]+)$/gm)];
    expect(listed.map(([, name, , bound]) => [name, bound])).toEqual(bounded);
    for (const [, name, size] of listed) {
      const { gzip = 0 } = measurePixel().find((each) => each.name === name) ?? {};
      expect(Math.abs(Number(size) * 1_000 - gzip), `${name} has ${gzip} bytes`).toBeLessThan(60);
    }
    const shown = blocks
      .filter(({ code, file }) => file === undefined && code.includes('createElement'))
      .map(({ code }) => code.trim());
    expect(shown).toEqual([buildSnippet('https://data.shop.example/p.js?k=wk_shop_example')]);
  });

  test('every code of a rejection and of a warning', () => {
    const warned = findMatches(
      'src/ingest/**/*.ts',
      /\bcode: (?:\w+ \? )?'([a-z-]+)'(?: : '([a-z-]+)')?/g,
      /\bwarn\(\s*(?:'[^']*'|`[^`]*`|\w+),\s*'([a-z-]+)'/g,
      /\bcode: '(more-warnings)'/g,
    );
    const used = new Set([...Object.keys(rejectionReasons), ...warned]);
    expect(used.size).toBeGreaterThan(20);
    expect([...new Set(readListed('docs/reference/events.md', '## Codes'))]).toEqual([...used].toSorted());
  });

  test('every route of the collector', () => {
    const { routes } = createCollectorApp(createCollectorDeps(createMemoryLog()));
    const served = routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replace(/\{.*\}/, '')}`);
    expect(served.length).toBeGreaterThan(5);
    expect(readListed('docs/reference/http-api.md').filter((first) => first.includes(' /'))).toEqual(
      [...new Set(served)].toSorted(),
    );
  });

  test('every filter of events', () => {
    const documented = [
      ...readSection('docs/reference/admin-api.md', '## Filters of events').matchAll(/^- (`\w+`(?:, `\w+`)*):/gm),
    ];
    expect(documented.flatMap(([, names = '']) => names.replaceAll('`', '').split(', ')).toSorted()).toEqual(
      Object.keys(filters).toSorted(),
    );
  });

  test('every route of the dashboard app', () => {
    const dashboardRoutes = [...read('src/api/auth/sign-in.ts').matchAll(/app\.(get|post|put|patch|delete)\('([^']+)'/g)].map(
      ([, method = '', path = '']) => `${method.toUpperCase()} ${path}`,
    );
    expect(dashboardRoutes).toHaveLength(6);
    const listed = readSection('docs/reference/admin-api.md', "## On the dashboard's port");
    expect([...listed.matchAll(/^- `([A-Z]+ [^`]+)`:/gm)].map(([, one]) => one).toSorted()).toEqual(dashboardRoutes.toSorted());
  });

  test.each([
    ['Microsoft', microsoftSimulator, 'POST /v1/{tagId}/events'],
    ['Meta', metaSimulator, 'POST /v26.0/{datasetId}/events'],
    ['Google Ads', googleAdsSimulator, 'GET /pagead/conversion/{id}/'],
    ['TikTok', tiktokSimulator, 'POST /open_api/v1.3/event/track/'],
    ['Pinterest', pinterestSimulator, 'POST /v5/ad_accounts/{adAccountId}/events'],
    ['ChatGPT ads', openaiSimulator, 'POST /v1/events'],
    ['Webhook', webhookSimulator, 'POST /receive'],
  ])('every route of the %s simulator', (_, simulator, endpoint) => {
    const listed = [
      ...readListed('docs/reference/simulator.md', '## Routes of each'),
      ...readListed(`docs/destinations/${simulator.id}.md`, '## Simulator'),
    ];
    const { app, close } = simulator.create({});
    close();
    const served = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);
    expect(listed.filter((first) => first.includes(' /')).toSorted()).toEqual([...new Set([...served, endpoint])].toSorted());
  });

  test('every fault of the simulators', () => {
    const shapes = [microsoftFaults, metaFaults, googleAdsFaults, tiktokFaults, pinterestFaults, openaiFaults, webhookFaults].map(
      ({ shape }) => shape,
    );
    const modes = new Set<string>(shapes.flatMap(({ mode }) => mode.options));
    const pages = simulators
      .map(({ id }) => `docs/destinations/${id}.md`)
      .filter((page) => read(page).includes('\n### Simulated faults\n'));
    const sections: readonly (readonly [page: string, heading: string])[] = [
      ['docs/reference/simulator.md', '## Faults'],
      ...pages.map((page) => [page, '### Simulated faults'] as const),
    ];
    const section = sections.map((place) => readSection(...place)).join('\n');
    const listed = sections.flatMap((place) => readListed(...place));
    // A mode that is only a status needs no words.
    expect([...modes].filter((mode) => !/^\d{3}$/.test(mode) && !listed.includes(mode))).toEqual([]);
    expect(listed.filter((mode) => !modes.has(mode))).toEqual([]);
    for (const member of new Set(shapes.flatMap((shape) => Object.keys(shape)))) expect(section).toContain(`\`${member}\``);
  });

  test('every preset of the simulator of Microsoft', () => {
    const listed = readListed('docs/destinations/microsoft.md', '## Simulator');
    expect(listed).toEqual(expect.arrayContaining(Object.keys(presets)));
  });

  test('every simulator in the list', () => {
    const listed = readListed('docs/reference/simulator.md').filter((first) => first.startsWith('convey '));
    expect(listed).toEqual(simulators.map(({ id }) => `convey simulate ${id}`).toSorted());
  });

  test('every command is in the help', async () => {
    const { stdout: out } = await convey('--help');
    const offered = [...out.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name).filter((name) => name !== 'help');
    expect(offered).toEqual(commands.map((command) => command.name()));
  });
});

test('every dependency has its sentence in the architecture', () => {
  const documented = readSection('ARCHITECTURE.md', '## Dependencies');
  const { dependencies, devDependencies } = packages.parse(JSON.parse(read('package.json')));
  for (const name of [...Object.keys(dependencies), ...Object.keys(devDependencies)]) expect(documented).toContain(`\`${name}\``);
});

const packages = z.object({ dependencies: z.record(z.string(), z.string()), devDependencies: z.record(z.string(), z.string()) });

const commands = await loadCommands();

/** Returns the fields that `accept` reads from a submission, recorded by proxies of empty objects. */
function submissionFields(): string[] {
  const readFields: string[] = [];
  const recordReads = (path: string, source: Record<string, unknown> = {}) =>
    new Proxy(source, {
      get: (target, key) => {
        readFields.push(`${path}${String(key)}`);
        return Reflect.get(target, key);
      },
      getOwnPropertyDescriptor: (target, key) => {
        readFields.push(`${path}${String(key)}`);
        return Reflect.getOwnPropertyDescriptor(target, key);
      },
    });
  acceptEvent(recordReads('', { name: 'Lead' }), { reporter: 'server', gpc: false }, getSite(config(example)), 0, () => 'id');
  const reading = createReadContext([]);
  readUser(recordReads('user.', { address: recordReads('user.address.') }), 'user', reading);
  readPage(recordReads('page.'), 'page', reading);
  readConsent({ consent: recordReads('consent.') }, reading);
  readGoal(recordReads('goal.'), 'goal', reading);
  readCommerce(
    recordReads('commerce.', { items: [recordReads('commerce.items[].')], hotel: recordReads('commerce.hotel.') }),
    'commerce',
    reading,
  );
  return [...new Set(readFields)];
}

/** Returns the fields of a browser's body that the endpoint, its reports and a signal read, beyond a submission's fields. */
async function browserFields(): Promise<{ inBrowserBody: string[]; inSignal: string[] }> {
  const destructured = /const \{ (writeKey[^}]+) \} = /.exec(read('src/ingest/browser/browser-route.ts'))?.[1] ?? '';
  const keys = destructured.split(', ').map((key) => key.replace(/ = .*/, ''));
  const readFields = { event: new Set<string>(), signal: new Set<string>() };
  const recordReads = (to: Set<string>, source: Record<string, unknown>) =>
    new Proxy(source, {
      get: (target, key) => {
        to.add(String(key));
        return Reflect.get(target, key);
      },
    });
  const requester = { gpc: false, cookies: {} };
  const body = {
    sentAt: undefined,
    events: [recordReads(readFields.event, { name: 'Lead' })],
    signals: [recordReads(readFields.signal, { type: 'reset' })],
  };
  await ingestBrowserBatch(body, requester, { clicks: {} }, getSite(config(example)), {
    ...createMemoryLog(),
    now: () => 0,
    newId: () => 'id',
    deniedPlaces: { take: () => 'held', giveBack: () => undefined },
  });
  const known = submissionFields();
  const listUnread = (kind: 'event' | 'signal', of: readonly string[]) =>
    [...readFields[kind]].filter((field) => !of.includes(field)).map((field) => `${kind}s[].${field}`);
  const inSignal = [...readFields.signal].filter((field) => field === 'type' || known.includes(field));
  return { inBrowserBody: [...keys, ...listUnread('event', known), ...listUnread('signal', inSignal)], inSignal };
}

const example = read('examples/server-event/convey.json');

function config(file: string) {
  const names = [...file.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => [name, 'sk_0123456789abcdef'] as const);
  const result = readConfig(file, Object.fromEntries(names), tmpdir());
  if ('problems' in result) throw new Error(result.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'));
  return result.config;
}

function getSite({ sites }: ReturnType<typeof config>) {
  const [site] = sites;
  if (!site) throw new Error('the config has no site');
  return site;
}

const withEvents = z.object({ events: z.array(z.unknown()) });

describe('examples in the documents', () => {
  const json = blocks.filter(({ language }) => language === 'json');
  const curls = blocks.flatMap(({ page, code }) =>
    [...code.matchAll(/curl \S+\/v1\/events[\s\S]*?-d '([\s\S]*?)'/g)].map(([, body = '']) => [page, body] as const),
  );

  test.each(json.map(({ page, file, code }) => [file ?? page, code]))('the JSON of %s (%#) can be read', (_, code) => {
    expect(() => JSON.parse(code.startsWith('"') ? `{${code}}` : code)).not.toThrow();
  });

  test('the configs of the README and of the reference are whole configs', () => {
    const configs = json.filter(({ code }) => code.includes('"sites": [{'));
    expect(configs.map(({ page }) => page)).toEqual(['README.md', 'docs/reference/config.md']);
    for (const { code } of configs) expect(config(code).sites[0]?.connections).toHaveLength(1);
  });

  test('the alerts shown are settings of a config', () => {
    const shown = json.filter(({ code }) => code.startsWith('"alerts"'));
    expect(shown.map(({ page }) => page)).toEqual(['docs/guides/alerts.md']);
    for (const { code } of shown) {
      const file = `{${code.replace('${SLACK_WEBHOOK}', 'https://hooks.slack.com/services/example')}}`;
      expect(config(file).alerts?.channels).toHaveLength(2);
    }
  });

  test('every submission shown is accepted without a warning', () => {
    const bodies = [
      ...json.filter(({ code }) => code.includes('"events": [{')).map(({ page, code }) => [page, code] as const),
      ...curls,
    ];
    expect(bodies.map(([page]) => page)).toEqual(expect.arrayContaining(['README.md', 'docs/guides/send-from-your-server.md']));
    for (const [page, body] of bodies) {
      const reporter = body.includes('"writeKey"') ? 'browser' : 'server';
      for (const submission of withEvents.parse(JSON.parse(body)).events) {
        const now = Date.parse('2026-11-24T12:00:00Z');
        const accepted = acceptEvent(submission, { reporter, gpc: false }, getSite(config(example)), now, () => 'id');
        expect('event' in accepted ? accepted.event.warnings : accepted.rejection, page).toEqual([]);
      }
    }
  });

  test('every command shown exists, with every option that it is given', () => {
    const lines = pages.flatMap((page) =>
      [...read(page).matchAll(/(?:^|`)(?:npm run -s convey --|convey) ([a-z][^`\n]*)/gm)].map(([, line = '']) => line),
    );
    expect(lines.length).toBeGreaterThan(30);
    for (const line of lines) {
      const leaf = commands.some((command) => line.split(' ')[0] === command.name()) ? line : undefined;
      expect(leaf, `convey ${line}`).toBeDefined();
      const known = commands.find((command) => line.split(' ')[0] === command.name());
      const inner = known?.commands.find((command) => line.split(' ')[1] === command.name()) ?? known;
      for (const [flag] of line.matchAll(/(?<=\s)--?[a-z][\w-]*/g)) {
        const options = inner?.options.filter(({ long, short }) => long === flag || short === flag);
        expect(options, `convey ${line}`).toHaveLength(1);
      }
    }
  });
});

describe('the example of a shop server', () => {
  const key = 'sk_example_0123456789abcdef';
  let simulator: MicrosoftSimulator;
  let gateway: Gateway;
  let dir: string;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'convey-example-'));
    simulator = await startMicrosoftSimulator({ port: 0, tokens: { '187012345': 'example-token' } });
    const file = example
      .replace('./data', dir)
      .replace('"port": 8080 }', '"port": 0 },\n  "dashboard": { "port": 0 }')
      .replace('http://127.0.0.1:9090', simulator.url);
    gateway = await startGateway(config(file), { version: '0.0.0', logger: createLogger('error', process.stderr) });
  });

  afterAll(async () => {
    await gateway.stop(0);
    await simulator.close();
    rmSync(dir, { recursive: true });
  });

  test('sends a purchase that arrives once, however often it is sent', async () => {
    const id = 'purchase-1001-42d3d205904bbee3';
    expect((await send(gateway.url, key, '1001')).out).toBe(`1 accepted, 0 duplicates: ${id}\n`);
    expect((await send(gateway.url, key, '1001')).out).toBe(`0 accepted, 1 duplicates: ${id}\n`);
    await expect
      .poll(() => simulator.journalEvents())
      .toMatchObject([
        {
          eventId: id,
          eventName: 'purchase',
          counted: 'server',
          server: [{ warnings: [], event: { customData: { value: 125.4 } } }],
        },
      ]);
  });

  test('reports rejected events, and fails', async () => {
    const { code, error } = await send(gateway.url, key, 'jane.doe@example.com');
    expect({ code, error }).toEqual({
      code: 1,
      error: expect.stringContaining('rejected: event 0, id: Must not hold an e-mail address'),
    });
  });

  test('does not try again with a key that is refused', async () => {
    const { code, error } = await send(gateway.url, 'sk_wrong', '1002');
    expect({ code, error }).toEqual({ code: 1, error: expect.stringContaining('401') });
    expect(error).not.toContain('Attempt 1 failed');
  });

  test('tries again when the gateway asks it to', async () => {
    let requestCount = 0;
    const busy = createServer((_, response) => {
      requestCount += 1;
      if (requestCount === 1) response.writeHead(503, { 'retry-after': '0' }).end('{}');
      else
        response
          .writeHead(202)
          .end(JSON.stringify({ accepted: 1, duplicates: 0, rejected: [], warnings: [], ids: ['purchase-1003'] }));
    }).listen(0, '127.0.0.1');
    await once(busy, 'listening');
    const address = busy.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const { code, error } = await send(`http://127.0.0.1:${port}`, key, '1003');
    busy.close();
    expect({ code, asked: requestCount }).toEqual({ code: 0, asked: 2 });
    expect(error).toContain('Attempt 1 failed (503 {}). Retrying in 0 s');
  });
});

function send(...args: readonly string[]) {
  return run(['examples/server-event/send.mjs', ...args]);
}

async function run(args: readonly string[]): Promise<{ code: number | null; out: string; error: string }> {
  const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined } });
  const [out, error, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, out, error };
}
