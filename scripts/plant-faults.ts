import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { RegisteredDestination } from '../src/destinations/kit/destination.ts';
import {
  exchangeFixture,
  fixtureSettings,
  mapFixture,
  readFixture,
  readFixtures,
  summarizeMapped,
  summarizeVerdict,
} from '../src/destinations/kit/fixtures.suite.ts';

const root = join(import.meta.dirname, '..');

const faultsSchema = z.array(
  z.strictObject({
    fault: z.string().min(1),
    /** A source file of the destination. */
    file: z.string().regex(/^[\w-]+\.ts$/),
    /** Text that the file has exactly once. */
    find: z.string().min(1),
    replace: z.string(),
  }),
);

type Fault = z.output<typeof faultsSchema>[number];

/** A planted fault, and the titles of the fixtures' cases that fail because of it. */
export interface PlantedFault {
  readonly fault: string;
  readonly caughtBy: readonly string[];
}

/**
 * Plants each fault of the destination's `fixtures/planted-faults.json` into a copy of its folder, and checks the copy against the fixtures.
 * @throws if a fault does not fit the source, or if the unchanged destination fails
 */
export async function plantFaults(destination: string): Promise<readonly PlantedFault[]> {
  const folder = join(root, 'src/destinations', destination);
  const faults = faultsSchema.parse(readFixture(join(folder, 'fixtures/planted-faults.json')));
  const unchanged = await checkCopy(destination, undefined);
  if (unchanged.length > 0) throw new Error(`Cases fail without a fault: ${unchanged.join('; ')}`);
  const planted: PlantedFault[] = [];
  for (const fault of faults) planted.push({ fault: fault.fault, caughtBy: await checkCopy(destination, fault) });
  return planted;
}

/** Returns the titles of the cases that a copy of the destination fails. A copy that cannot be used fails all. */
async function checkCopy(destination: string, fault: Fault | undefined): Promise<readonly string[]> {
  const copy = mkdtempSync(join(tmpdir(), 'convey-fault-'));
  try {
    const folder = join(root, 'src/destinations', destination);
    const changed = fault === undefined ? [] : listDependents(folder, fault.file);
    // A link leads to the same module for each copy, so it is loaded once.
    for (const part of ['event', 'destinations/kit']) link(join('src', part), copy);
    for (const name of readdirSync(folder)) {
      const path = join('src/destinations', destination, name);
      if (changed.includes(name)) cpSync(join(root, path), join(copy, path));
      else link(path, copy);
    }
    cpSync(join(root, 'package.json'), join(copy, 'package.json'));
    link('node_modules', copy);
    if (fault !== undefined) plant(join(copy, 'src/destinations', destination, fault.file), fault);
    const url = pathToFileURL(join(copy, 'src/destinations', destination, `${destination}.ts`)).href;
    const loaded: Readonly<Record<string, RegisteredDestination>> = await import(url);
    const [registered] = Object.values(loaded);
    if (registered === undefined) throw new Error(`${destination}.ts exports no destination.`);
    return findFailures(registered, join(folder, 'fixtures'));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function link(path: string, copy: string): void {
  mkdirSync(dirname(join(copy, path)), { recursive: true });
  symlinkSync(join(root, path), join(copy, path));
}

/** Returns the file and all files of the folder that import it, directly or not. */
function listDependents(folder: string, file: string): readonly string[] {
  const sources = readdirSync(folder)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
  const found = new Set([file]);
  for (const imported of found) for (const { name, text } of sources) if (text.includes(`'./${imported}'`)) found.add(name);
  return [...found];
}

function plant(file: string, { fault, find, replace }: Fault): void {
  const text = readFileSync(file, 'utf8');
  if (text.split(find).length !== 2) throw new Error(`The text of the fault “${fault}” must be in its file once.`);
  writeFileSync(
    file,
    text.replace(find, () => replace),
  );
}

/** Returns the titles of the cases of the fixtures that the destination fails. */
function findFailures(registered: RegisteredDestination, fixtures: string): readonly string[] {
  const given = fixtureSettings.parse(readFixture(join(fixtures, 'settings.json')));
  const connect = (settings: Readonly<Record<string, unknown>>) => {
    const result = registered.connect({ ...given, ...settings });
    if ('issues' in result) throw new Error(`The fixture's settings do not fit: ${JSON.stringify(result.issues)}`);
    return result.platform;
  };
  const failed: string[] = [];
  const check = (title: string, actual: () => unknown, expected: unknown) => {
    try {
      if (!isDeepStrictEqual(toPlain(actual()), toPlain(expected))) failed.push(title);
    } catch {
      failed.push(title);
    }
  };
  for (const [, { cases }] of readFixtures(join(fixtures, 'map'), mapFixture)) {
    for (const { title, settings, event, expect } of cases)
      check(title, () => summarizeMapped(connect(settings).map(event)), expect);
  }
  for (const [, { settings, payloads, request, answers }] of readFixtures(join(fixtures, 'exchange'), exchangeFixture)) {
    const platform = connect(settings);
    if (request !== undefined) {
      const { title, ...documented } = request;
      const encoded = () => {
        const { body, ...head } = platform.encode(payloads.map(platform.toText));
        return { ...head, body: JSON.parse(body) };
      };
      check(title, encoded, documented);
    }
    for (const { title, response, expect } of answers) {
      const body = typeof response.body === 'string' ? response.body : JSON.stringify(response.body);
      check(title, () => summarizeVerdict(platform.decode({ ...response, body }, payloads.length)), expect);
    }
  }
  return failed;
}

function toPlain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** Formats the faults as a Markdown table. */
export function formatFaults(planted: readonly PlantedFault[]): string {
  const rows = planted.map(({ fault, caughtBy }) => `| ${fault} | ${caughtBy.length} | ${caughtBy[0] ?? '**none**'} |`);
  return ['| Planted fault | Failing cases | The first |', '|---|--:|---|', ...rows].join('\n');
}

if (import.meta.main) {
  const named = process.argv.slice(2);
  const tables: string[] = [];
  for (const destination of named.length === 0 ? ['meta'] : named) {
    const planted = await plantFaults(destination);
    tables.push(formatFaults(planted));
    if (planted.some(({ caughtBy }) => caughtBy.length === 0)) process.exitCode = 1;
  }
  console.log(tables.join('\n\n'));
}
