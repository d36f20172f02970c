import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const changeSchema = z.strictObject({
  file: z.string().regex(/^src\/storage\/[\w/-]+\.ts$/),
  /** Text that the file has exactly once. */
  find: z.string().min(1),
  replace: z.string(),
});

const faultsSchema = z.array(
  z.strictObject({
    fault: z.string().min(1),
    changes: z.array(changeSchema).min(1),
    /** The title of the test that fails because of the fault. */
    test: z.string().min(1),
  }),
);

export type PlantedFault = z.output<typeof faultsSchema>[number];

/** The faults of the adapters for PostgreSQL that a test has to catch. */
export const plantedFaults: readonly PlantedFault[] = faultsSchema.parse(
  JSON.parse(readFileSync(join(import.meta.dirname, 'planted-faults.json'), 'utf8')),
);

/** The project without a fault, in which every test passes. */
export const soundProject = 'sound';

/** The files with the tests that catch the faults. */
export const catchingFiles = [
  'src/storage/log/postgres/postgres-log.database.test.ts',
  'src/storage/postgres/database.database.test.ts',
  'src/storage/store/postgres/postgres-store.database.test.ts',
  'test/faults/postgres/append.fault.test.ts',
];

/** The result of one test in the sources with one fault. */
export interface PlantedResult {
  /** The name of the fault, or `sound`. */
  readonly project: string;
  readonly test: string;
  readonly state: string;
  readonly errors: readonly string[];
}
