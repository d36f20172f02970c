import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { root } from '../../gateway.fixture.ts';
import { hasPostgres } from '../../postgres.fixture.ts';
import { addFaultRow, scale, skipWithoutTool } from '../fault-scale.ts';
import { type PlantedResult, plantedFaults, soundProject } from './planted-faults.ts';

it.skipIf(scale === 'part')(
  'each fault that is planted in the adapters for PostgreSQL fails its named test',
  {
    timeout: 300_000,
  },
  async (context) => {
    if (!hasPostgres) skipWithoutTool(context, 'P2', 'PostgreSQL');
    const folder = mkdtempSync(join(tmpdir(), 'convey-planted-'));
    context.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    // Inherits the URL of the run's PostgreSQL. Vitest would otherwise take the run for one of its own workers.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));
    const script = join(import.meta.dirname, 'planted-faults.process.ts');
    const results: PlantedResult[] = [];
    let stderr = '';
    for (const [index, fault] of [soundProject, ...plantedFaults.map((planted) => planted.fault)].entries()) {
      const file = join(folder, `${index}.json`);
      const options = { cwd: root, env: { ...env, CONVEY_PLANTED: file, CONVEY_PLANTED_FAULT: fault } };
      // The process ends with an error, because tests fail.
      const printed = await promisify(execFile)(process.execPath, [script], options).catch((error: { stderr: string }) => error);
      stderr += printed.stderr;
      results.push(...JSON.parse(readFileSync(file, 'utf8')));
    }
    const find = (project: string, test: string) => results.find((one) => one.project === project && one.test === test);
    const failing = plantedFaults.filter(({ test }) => find(soundProject, test)?.state !== 'passed');
    expect(
      failing.map(({ test }) => [test, find(soundProject, test)?.errors]),
      stderr,
    ).toEqual([]);
    expect(plantedFaults.map(({ fault, test }) => [fault, find(fault, test)?.state])).toEqual(
      plantedFaults.map(({ fault }) => [fault, 'failed']),
    );
    addFaultRow(context, {
      fault: 'P2',
      scenario: 'faults planted in the adapters for PostgreSQL',
      amount: `${plantedFaults.length} faults`,
      expected: 'each fails its named test, which passes without it',
      observed: `${plantedFaults.length} of ${plantedFaults.length} caught`,
    });
  },
);
