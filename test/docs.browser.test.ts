import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { measurePixel } from '../scripts/size.ts';
import { errorStatus } from '../src/api/http/api-errors.ts';
import { filters } from '../src/api/http/parameters.ts';
import type { Route } from '../src/api/http/route.ts';
import { routeKeys, routes } from '../src/api/routes.ts';
import { accounts } from '../src/cli/accounts.ts';
import { accuracy } from '../src/cli/accuracy.ts';
import { backup } from '../src/cli/backup.ts';
import { check } from '../src/cli/check.ts';
import { connections } from '../src/cli/connections.ts';
import { deadLetters } from '../src/cli/dead-letters.ts';
import { demo } from '../src/cli/demo.ts';
import { erase } from '../src/cli/erase.ts';
import { event, events } from '../src/cli/events.ts';
import { exportPerson, exports } from '../src/cli/export.ts';
import { matchQuality } from '../src/cli/match-quality.ts';
import { migrate } from '../src/cli/migrate.ts';
import { replay } from '../src/cli/replay.ts';
import { restore } from '../src/cli/restore.ts';
import { secrets } from '../src/cli/secrets.ts';
import { sendTest } from '../src/cli/send-test.ts';
import { simulate } from '../src/cli/simulate.ts';
import { start } from '../src/cli/start.ts';
import { visitors } from '../src/cli/visitors.ts';
import { readConfig } from '../src/config/config.ts';
import { fileSchema } from '../src/config/schema.ts';
import { destinations } from '../src/destinations/destinations.ts';
import { errorCodes } from '../src/errors.ts';
import { listAliases, normalizeEventName, signalName, signalTypes, standardEventNames } from '../src/event/event-names.ts';
import { matchKeys } from '../src/event/match-keys.ts';
import { describeMissingKey, matchSubjects, missingKeyCodes } from '../src/event/missing-match-keys.ts';
import { describeGap, orderGaps } from '../src/event/order-accuracy.ts';
import { rejectionReasons } from '../src/event/rejection-reasons.ts';
import { skipReasons } from '../src/event/skip-reasons.ts';
import { type Gateway, startGateway } from '../src/gateway/start-gateway.ts';
import { canonicalClickIdName, platformCookies } from '../src/identity/click-ids.ts';
import { acceptEvent } from '../src/ingest/accept/accept.ts';
import { createReadContext } from '../src/ingest/accept/field-readers.ts';
import { readCommerce, readConsent, readGoal, readPage, readUser } from '../src/ingest/accept/submission.ts';
import { ingestBrowserBatch } from '../src/ingest/browser/browser-batch.ts';
import { createCollectorDeps, createMemoryLog } from '../src/ingest/collector.fixture.ts';
import { createCollectorApp } from '../src/ingest/collector.ts';
import { createLogger } from '../src/logger.ts';
import { buildSnippet } from '../src/pixel/pixel.fixture.ts';
import { faultSchema as googleAdsFaults } from '../src/simulators/google-ads/faults.ts';
import { googleAdsSimulator } from '../src/simulators/google-ads/google-ads.ts';
import { faultSchema as metaFaults } from '../src/simulators/meta/faults.ts';
import { metaSimulator } from '../src/simulators/meta/meta.ts';
import { defaults as metaDefaults } from '../src/simulators/meta/settings.ts';
import { faultSchema as microsoftFaults } from '../src/simulators/microsoft/faults.ts';
import { microsoftSimulator } from '../src/simulators/microsoft/microsoft.ts';
import { presets } from '../src/simulators/microsoft/settings.ts';
import { type MicrosoftSimulator, startMicrosoftSimulator } from '../src/simulators/microsoft/simulator.ts';
import { faultSchema as pinterestFaults } from '../src/simulators/pinterest/faults.ts';
import { pinterestSimulator } from '../src/simulators/pinterest/pinterest.ts';
import { simulators } from '../src/simulators/simulators.ts';
import { faultSchema as tiktokFaults } from '../src/simulators/tiktok/faults.ts';
import { defaults as tiktokDefaults } from '../src/simulators/tiktok/settings.ts';
import { tiktokSimulator } from '../src/simulators/tiktok/tiktok.ts';
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

/** Returns the cells of all rows below the tables' heads. */
function readRows(page: string, heading: string): readonly (readonly string[])[] {
  const lines = readSection(page, heading)
    .split('\n')
    .filter((line) => line.startsWith('| '));
  return lines.slice(1).map((line) => line.slice(2, -2).split(' | '));
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

function readFirstCells(page: string, heading?: string): string[] {
  return readCodeRows(page, heading)
    .map(([first = '']) => first)
    .toSorted();
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

  test('every file in the drawing of the architecture exists', () => {
    const drawing = /^```\n([\s\S]*?)^```$/m.exec(readSection('ARCHITECTURE.md', '## The path of an event'))?.[1] ?? '';
    const names = [...drawing.matchAll(/[\w-]+\.ts\b/g)].map(([name]) => name);
    expect(names.length).toBeGreaterThan(20);
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

/** Returns a table row without the code marks around whole cells. */
function joinCells(row: readonly string[]): string {
  return row.map((cell) => cell.replaceAll('`', '')).join(' | ');
}

function readHeadingIds(page: string): string[] {
  const lines = read(page).match(/^#+ .*$/gm) ?? [];
  return lines.map((line) => {
    const words = line.replace(/^#+ /, '').toLowerCase();
    return words.replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
  });
}

describe('the reference lists are those of the code', () => {
  test('every config key with its default', () => {
    const listed = readCodeRows('docs/reference/config.md').map(([key, standard]) => [key, standard]);
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(configKeys(z.toJSONSchema(fileSchema, { io: 'input' }), '')));
  });

  test('every error code with its status', () => {
    expect(readFirstCells('docs/reference/errors.md')).toEqual(errorCodes.toSorted());
    const answered = ['src/ingest/http/error-response.ts', 'src/api/auth/error-response.ts'].flatMap((path) =>
      [...read(path).matchAll(/^ {2}'?([\w-]+)'?: (\d{3}),$/gm)].map(([, code, status]) => [code, status]),
    );
    expect(answered.length).toBeGreaterThan(20);
    const ofAdmin = Object.entries(errorStatus).map(([code, status]) => [code, String(status)]);
    const listed = readCodeRows('docs/reference/errors.md').map(([code, status]) => [code, status]);
    expect(listed).toEqual(expect.arrayContaining([...answered, ...ofAdmin]));
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

  test('every metric with its type, its labels and its own words', async () => {
    const listed = ['## What is counted', '## How things stand', '## The process'].flatMap((heading) =>
      readCodeRows('docs/reference/metrics.md', heading),
    );
    const known = (await describeMetrics()).map(({ name, type, labels, help }) => [
      name,
      type,
      labels.map((label) => `\`${label}\``).join(', ') || 'none',
      help,
    ]);
    expect(known.length).toBeGreaterThan(50);
    const isOwn = ([name = '']: readonly string[]) => name.startsWith('convey_');
    expect(listed.filter(isOwn).map(joinCells)).toEqual(known.filter(isOwn).map(joinCells));
    // Some metrics of the library exist only on Linux, and some labels depend on the process's activity.
    const rest = known.filter((one) => !isOwn(one)).map(([name, type, , help]) => [name, type, help]);
    const listedRest = listed.filter((one) => !isOwn(one)).map(([name, type, , help]) => [name, type, help]);
    if (process.platform === 'linux') expect(listedRest).toEqual(rest);
    else expect(listedRest).toEqual(expect.arrayContaining(rest));
  });

  test('every skip in its own words', () => {
    const known = Object.entries(skipReasons).map(([reason, { why, remedy }]) => [reason, `${why} ${remedy}`]);
    expect(readCodeRows('docs/reference/skips.md')).toEqual(known);
  });

  test('every match key, and every reason for a missing one in its own words', () => {
    expect(readCodeRows('docs/guides/match-quality.md', '## Keys').map(([key]) => key)).toEqual(matchKeys);
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

  test('every standard event with its aliases', () => {
    const listed = readCodeRows('docs/reference/events.md', '## Names').map(([name = '', aliases = '']) => {
      return [name, [...aliases.matchAll(/`?(\w+)`?/g)].map(([, alias = '']) => alias)] as const;
    });
    expect(listed.map(([name]) => name)).toEqual(standardEventNames);
    for (const [name, aliases] of listed) for (const alias of aliases) expect(normalizeEventName(alias), alias).toBe(name);
    // The first label is the metric's name.
    const known = standardEventNames.map((name) => [name, listAliases(name).slice(1)]);
    expect(listed).toEqual(known);
  });

  test('every field that a submission may hold', () => {
    expect(readFirstCells('docs/reference/events.md', '## Fields')).toEqual(submissionFields().toSorted());
  });

  test('every key of a body from a browser, and every field of a signal', async () => {
    const { inBrowserBody, inSignal } = await browserFields();
    expect(readFirstCells('docs/reference/events.md', '## From a browser')).toEqual(inBrowserBody.toSorted());
    const listed = readFirstCells('docs/reference/events.md', '## Signals').filter((first) => first.startsWith('signals[].'));
    expect(listed).toEqual(inSignal.map((field) => `signals[].${field}`).toSorted());
  });

  test('every type of signal with its name in the log', () => {
    const listed = readCodeRows('docs/reference/events.md', '## Signals').filter(([first = '']) => !first.includes('[]'));
    expect(listed.map(([type, name]) => [type, name])).toEqual(signalTypes.map((type) => [type, signalName(type)]));
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
    const others = findMatches('src/identity/click-ids.ts', /\{ name: '(\w+)'/g);
    expect(clickIds.toSorted()).toEqual([...ofDestinations, ...others].toSorted());
    expect(readList('Cookies that are read')).toEqual(platformCookies);
  });

  test('every command of the pixel', () => {
    const block = /^ {2}const commands: .*? = \{\n([\s\S]*?)^ {2}\};$/m.exec(read('src/pixel/pixel.ts'))?.[1] ?? '';
    const known = [...block.matchAll(/^ {4}(\w+)(?:\(|:|,$)/gm)].map(([, command = '']) => command);
    expect(known.length).toBeGreaterThan(5);
    expect(readCodeRows('docs/reference/pixel.md', '## Commands').map(([command]) => command)).toEqual(known);
    const called = pages.flatMap((page) => [...read(page).matchAll(/\bconvey\('(\w+)'/g)].map(([, command = '']) => command));
    expect(new Set(called)).toEqual(new Set(known));
  });

  test('every bound of the pixel', () => {
    const documented = readRows('docs/reference/pixel.md', '## Bounds').map(([, bound = '']) => bound);
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
    expect(readRows('docs/reference/pixel.md', '## Size').map(([name, , bound]) => [name, bound])).toEqual(bounded);
    for (const [name, size] of readRows('docs/reference/pixel.md', '## Size')) {
      const { gzip = 0 } = measurePixel().find((each) => each.name === name) ?? {};
      expect(Math.abs(Number(size?.replace(' KB', '')) * 1_000 - gzip), `${name} has ${gzip} bytes`).toBeLessThan(60);
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
    expect([...new Set(readFirstCells('docs/reference/events.md', '## Codes'))]).toEqual([...used].toSorted());
  });

  test('every route of the collector', () => {
    const { routes } = createCollectorApp(createCollectorDeps(createMemoryLog()));
    const served = routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);
    expect(served.length).toBeGreaterThan(5);
    expect(readFirstCells('docs/reference/http-api.md').filter((first) => first.includes(' /'))).toEqual(served.toSorted());
  });

  test('every route of the admin API, with what it may be asked', () => {
    const listed = readCodeRows('docs/reference/admin-api.md', '## Routes').map(([address = '', paramCell = '']) => {
      const names = paramCell.includes('`')
        ? [...paramCell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)
        : (paramCell.match(/\w+/g) ?? []);
      return [address, [...names, ...(paramCell.includes('(#filters-of-events)') ? Object.keys(filters) : [])].toSorted()];
    });
    const known = routeKeys.map((address) => {
      const { params, body }: Route = routes[address];
      const names = [...Object.keys(params.shape), ...Object.keys(body.shape)].filter((name) => !address.includes(`:${name}`));
      return [address, names.toSorted()];
    });
    expect(listed).toEqual(known);
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
    expect([...listed.matchAll(/^\| `([A-Z]+ [^`]+)` \|/gm)].map(([, one]) => one).toSorted()).toEqual(
      dashboardRoutes.toSorted(),
    );
  });

  test.each([
    ['Microsoft', microsoftSimulator, 'POST /v1/{tagId}/events', '### Faults', microsoftFaults],
    ['Meta', metaSimulator, 'POST /v26.0/{datasetId}/events', "### Meta's faults", metaFaults],
    ['Google Ads', googleAdsSimulator, 'GET /pagead/conversion/{id}/', "### Google's faults", googleAdsFaults],
    ['TikTok', tiktokSimulator, 'POST /open_api/v1.3/event/track/', "### TikTok's faults", tiktokFaults],
    ['Pinterest', pinterestSimulator, 'POST /v5/ad_accounts/{adAccountId}/events', "### Pinterest's faults", pinterestFaults],
  ])('every route and fault of the %s simulator', (name, simulator, endpoint, heading, { shape }) => {
    const routes = readFirstCells('docs/reference/simulator.md', `## ${name}`).filter((first) => first.includes(' /'));
    const { app, close } = simulator.create({});
    close();
    const served = app.routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);
    expect(routes).toEqual([...new Set([...served, endpoint])].toSorted());
    const documented = readFirstCells('docs/reference/simulator.md', heading);
    expect(documented).toEqual([...shape.mode.options, ...Object.keys(shape)].toSorted());
  });

  test('every preset and setting of the simulators', () => {
    expect(readFirstCells('docs/reference/simulator.md', '### What is assumed')).toEqual(Object.keys(presets).toSorted());
    for (const [name, defaults] of [
      ['Meta', metaDefaults],
      ['TikTok', tiktokDefaults],
    ] as const) {
      const settings = readCodeRows('docs/reference/simulator.md', `### What is assumed of ${name}`);
      expect(settings.map(([setting, standard]) => [setting, standard])).toEqual(
        Object.entries(defaults).map(([setting, standard]) => [setting, String(standard)]),
      );
    }
  });

  test('every simulator in the list', () => {
    const listed = readFirstCells('docs/reference/simulator.md').filter((first) => first.startsWith('convey '));
    expect(listed).toEqual(simulators.map(({ id }) => `convey simulate ${id}`).toSorted());
  });

  test('every command with its options and their defaults', async () => {
    expect(read('docs/reference/cli.md').match(/^## .*$/gm)).toEqual(leaves.map(([name]) => `## \`convey ${name}\``));
    for (const [name, { options }] of leaves) {
      const listed = readCodeRows('docs/reference/cli.md', `## \`convey ${name}\``).map(([flags, , standard]) => [
        flags,
        standard,
      ]);
      const known = options.map(({ flags, defaultValue }) => [flags, isShown(defaultValue) ? String(defaultValue) : '–']);
      expect(listed, name).toEqual(known);
    }
    const { out } = await run(['bin/convey.js', '--help']);
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

function isShown(standard: unknown): boolean {
  return typeof standard === 'string' || typeof standard === 'number';
}

const commands: readonly Command[] = [
  start(),
  demo(),
  check(),
  simulate(),
  sendTest(),
  events(),
  event(),
  connections(),
  deadLetters(),
  replay(),
  erase(),
  exportPerson(),
  exports(),
  visitors(),
  matchQuality(),
  accuracy(),
  accounts(),
  secrets(),
  backup(),
  restore(),
  migrate(),
];

const leaves = commands.flatMap(function findLeaves(command): readonly (readonly [string, Command])[] {
  if (command.commands.length === 0) return [[command.name(), command]];
  return command.commands.flatMap(findLeaves).map(([name, leaf]) => [`${command.name()} ${name}`, leaf]);
});

const schemaNode = z.object({
  properties: z.record(z.string(), z.unknown()).optional(),
  items: z.unknown().optional(),
  required: z.array(z.string()).default([]),
  default: z.unknown().optional(),
});

/** Returns the leaf keys of a JSON Schema, each with its default as the config reference writes it. */
function configKeys(schema: unknown, path: string): (readonly [string, string])[] {
  const { properties = {}, required } = schemaNode.parse(schema);
  return Object.entries(properties).flatMap(([key, member]) => {
    const at = path === '' ? key : `${path}.${key}`;
    const { properties: inner, items, default: standard } = schemaNode.parse(member);
    const own = required.includes(key) ? 'required' : standard === undefined ? 'none' : JSON.stringify(standard);
    const listOfObjects = schemaNode.safeParse(items).data?.properties !== undefined;
    if (inner !== undefined) return configKeys(member, at);
    const shown = at === 'sites[].name' ? 'the id' : own;
    return [[at, shown] as const, ...(listOfObjects ? configKeys(items, `${at}[]`) : [])];
  });
}

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
  readConsent(recordReads('consent.'), 'consent', reading);
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
    const configs = json.filter(({ code }) => code.includes('"sites"'));
    expect(configs.map(({ page }) => page)).toEqual(['README.md', 'docs/reference/config.md']);
    for (const { code } of configs) expect(config(code).sites[0]?.connections).toHaveLength(1);
  });

  test('every submission shown is accepted without a warning', () => {
    const bodies = [
      ...json.filter(({ code }) => code.includes('"events": [{')).map(({ page, code }) => [page, code] as const),
      ...curls,
    ];
    expect(bodies.map(([page]) => page)).toEqual(expect.arrayContaining(['README.md', 'docs/guides/send-from-your-server.md']));
    for (const [page, body] of bodies) {
      for (const submission of withEvents.parse(JSON.parse(body)).events) {
        const now = Date.parse('2026-11-24T12:00:00Z');
        const accepted = acceptEvent(submission, { reporter: 'server', gpc: false }, getSite(config(example)), now, () => 'id');
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

  test('the destination of the walk-through passes the suite of destinations', async () => {
    const files = blocks.filter(({ page, file }) => page === 'CONTRIBUTING.md' && file !== undefined);
    const dir = mkdtempSync(join(tmpdir(), 'convey-walk-'));
    try {
      for (const path of ['src', 'scripts/vendor-rules.ts']) cpSync(join(root, path), join(dir, path), { recursive: true });
      for (const { file = '', code } of files) {
        mkdirSync(dirname(join(dir, file)), { recursive: true });
        writeFileSync(join(dir, file), code);
      }
      const compiler = { ...JSON.parse(read('tsconfig.base.json')).compilerOptions, composite: false, noEmit: true };
      const example = ['src/destinations/example', 'src/simulators/example'];
      writeFileSync(
        join(dir, 'tsconfig.json'),
        JSON.stringify({ compilerOptions: compiler, include: example, exclude: ['src/destinations/example/browser'] }),
      );
      const page = { ...compiler, lib: ['es2024', 'dom', 'dom.iterable'], types: [], exactOptionalPropertyTypes: false };
      writeFileSync(
        join(dir, 'tsconfig.page.json'),
        JSON.stringify({ compilerOptions: page, include: ['src/destinations/example/browser'] }),
      );
      writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
      symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
      const tsc = join(root, 'node_modules/typescript-native/bin/tsc');
      const [checked, checkedPage, tested, rules] = await Promise.all([
        run([tsc, '-p', dir]),
        run([tsc, '-p', join(dir, 'tsconfig.page.json')]),
        run([join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', dir, ...example]),
        run([join(dir, 'scripts/vendor-rules.ts'), 'example']),
      ]);
      expect([checked, checkedPage]).toEqual([1, 2].map(() => ({ code: 0, out: '', error: '' })));
      expect(tested, tested.out + tested.error).toMatchObject({ code: 0 });
      // Each rule has a case that holds it.
      const held = rules.out.split('\n').flatMap((row) => (row.startsWith('| §') ? [row.split(' | ')[2]] : []));
      expect(held.length).toBeGreaterThan(3);
      expect(held).not.toContain('');
    } finally {
      rmSync(dir, { recursive: true });
    }
  }, 180_000);
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
      .poll(() => simulator.journalEvents(), { timeout: 10_000 })
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
