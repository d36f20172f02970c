import { it } from 'vitest';
import { openPostgresStorage } from '../../../src/storage/open-postgres.ts';
import { addFaultRow, pickByScale } from '../fault-scale.ts';
import { checkAgainstModel, type ModelledStorage, type StorageEngine } from '../storage-model.ts';
import { createDatabaseOrSkip } from './postgres-or-skip.ts';

const sequences = pickByScale({ part: 5, whole: 200, nightly: 5_000 });

it('log and store on PostgreSQL match a model of them after random operations and kills', {
  timeout: 60_000 + sequences * 5_000,
}, async (context) => {
  const database = await createDatabaseOrSkip(context, 'B5');
  const createEngine = async (): Promise<StorageEngine> => {
    await database.empty();
    const abandoned: ModelledStorage[] = [];
    return {
      hasOneOrder: false,
      open: () => openPostgresStorage(database.url, { onConnectionError: () => {} }),
      async kill(opened) {
        abandoned.push(opened);
        await database.setAway(true);
        await database.setAway(false);
      },
      async dispose() {
        await Promise.all(abandoned.map((one) => one.close()));
      },
    };
  };
  const steps = await checkAgainstModel(sequences, createEngine);
  addFaultRow(context, {
    fault: 'B5',
    scenario: 'random steps and broken connections on PostgreSQL against a model in memory',
    amount: `${sequences} sequences, ${steps} steps`,
    expected: 'L1 to L7',
    observed: 'no difference',
  });
});
