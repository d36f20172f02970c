import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';
import { type Reporter, startVitest, type TestModule } from 'vitest/node';
import { catchingFiles, type PlantedFault, type PlantedResult, plantedFaults, soundProject } from './planted-faults.ts';

const root = join(import.meta.dirname, '../../..');
const escapeText = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const titles = plantedFaults.map(({ test }) => escapeText(test)).join('|');

/** Plants a fault into the sources as they are loaded. @throws if it does not fit them */
function plant({ fault, changes }: PlantedFault): Plugin {
  return {
    name: 'plant-fault',
    enforce: 'pre',
    transform(code, id) {
      let planted = code;
      for (const { find, replace } of changes.filter(({ file }) => id === join(root, file))) {
        if (planted.split(find).length !== 2) throw new Error(`The text of the fault “${fault}” must be in its file once.`);
        planted = planted.replace(find, () => replace);
      }
      return planted === code ? undefined : planted;
    },
  };
}

/** Returns the file with the test of a title. */
function findFile(title: string): string {
  const file = catchingFiles.find((one) => readFileSync(join(root, one), 'utf8').includes(title));
  if (file === undefined) throw new Error(`No file has the test “${title}”.`);
  return file;
}

/** Writes the results to the file `CONVEY_PLANTED`. */
class PlantedResults implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const results: readonly PlantedResult[] = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => ({
        project: module.project.name,
        test: test.name,
        state: test.result().state,
        errors: (test.result().errors ?? []).map(({ message }) => message),
      })),
    );
    writeFileSync(process.env.CONVEY_PLANTED ?? 'planted.json', JSON.stringify(results));
  }
}

// Runs the tests with one fault, or all of them without any.
const sound: PlantedFault = { fault: soundProject, changes: [], test: '' };
const one = plantedFaults.find(({ fault }) => fault === process.env.CONVEY_PLANTED_FAULT) ?? sound;
const vitest = await startVitest('test', [], {
  config: false,
  root,
  // Its cache knows a module by its file, so one fault's modules would be those of the next, and of later runs.
  fsModuleCache: false,
  reporters: [new PlantedResults()],
  maxWorkers: 2,
  testNamePattern: new RegExp(titles),
  projects: [one].map((planted) => ({
    extends: true as const,
    plugins: [plant(planted)],
    test: {
      name: planted.fault,
      include: planted.test === '' ? catchingFiles : [findFile(planted.test)],
      isolate: false,
      expect: { poll: { timeout: 3_000 } },
      testTimeout: 60_000,
    },
  })),
});
await vitest.close();
