import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { listMissingPrograms, type OtherEngine, otherEngines } from '../test/engines/engine.ts';
import { formatResults, readResults } from '../test/engines/engine-results.ts';
import { driverFaults, engineFiles } from '../test/engines/engine-tests.ts';

/**
 * Runs the browser tests in the other engines of this machine, and prints a table of each. Arguments are names of engines, and parts of the
 * paths of files. Fails if a test fails that is not on the list of the driver's faults.
 */

const root = join(import.meta.dirname, '..');
const args = process.argv.slice(2);
const chosen = otherEngines.filter((name) => args.includes(name));
const filters = args.filter((arg) => !otherEngines.some((name) => name === arg));
const files = globSync(engineFiles, { cwd: root })
  .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
  .toSorted();

/** Runs the files in an engine, and returns the runner's report. */
async function runFiles(name: OtherEngine): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'convey-engines-'));
  const report = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const runner = spawn(process.execPath, [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...files, ...reporters], {
    cwd: root,
    env: { ...process.env, CONVEY_TEST_ENGINE: name },
    stdio: 'inherit',
  });
  await once(runner, 'exit');
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const tables: string[] = [];
for (const name of chosen.length > 0 ? chosen : otherEngines) {
  const missing = listMissingPrograms(name);
  if (missing.length > 0) tables.push(missing.map((program) => `not run: ${program}`).join('\n'));
  else {
    const results = readResults(await runFiles(name), driverFaults[name], root);
    tables.push(formatResults(name, results));
    if (results.some(({ failed }) => failed.length > 0)) process.exitCode = 1;
  }
}
process.stdout.write(`\n${tables.join('\n\n')}\n`);
