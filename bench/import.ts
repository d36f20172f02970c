import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectToGateway } from '../src/cli/cli-context.ts';
import { openImportFile } from '../src/cli/import/open-file.ts';
import { runImport } from '../src/cli/import/run-import.ts';
import { dayMs } from '../src/event/units.ts';
import { type Bench, compareRounds, interleave, type Row } from './interleaved-rounds.ts';
import { type SteadyLatency, withSteadyPurchases } from './steady-purchases.ts';
import { siteId, withTemporaryFolder } from './workspace.ts';

const perSecond = 200;

/** Measures live purchases beside an import of old ones, and without it in turn. */
export function measureImport(bench: Bench): Promise<readonly Row[]> {
  const { size, progress } = bench;
  return withTemporaryFolder((folder) => {
    const path = join(folder, 'orders.csv');
    writeFileSync(path, createFile(size.importedRows));
    let imported = 0;
    return withSteadyPurchases(bench, perSecond, async (runOnce) => {
      const runBeside = (round: number): Promise<SteadyLatency> =>
        runOnce(`beside-${round}`, async (dataDir, stop) => {
          imported = await importOrders(path, dataDir, stop);
        });
      const pairs = await interleave(Math.min(size.longRounds, size.rounds), runBeside, async (round) => {
        const alone = await runOnce(`alone-${round}`);
        progress(`import: round ${round + 1} done`);
        return alone;
      });
      const compare = (figure: 'p99Ms' | 'acknowledgeP99Ms') =>
        compareRounds(
          'without an import',
          pairs.map(({ subject, reference }) => ({ subject: subject[figure], reference: reference[figure] })),
        );
      const common = {
        unit: 'ms, p99',
        aim: { of: 'ratio', bound: 'at most', value: 2 },
        notes: { importedRows: imported },
      } as const;
      return [
        { what: `acknowledgement beside an import, ${perSecond} purchases/s`, ...compare('acknowledgeP99Ms'), ...common },
        {
          what: `acknowledgement to the platform's answer beside an import, ${perSecond} purchases/s`,
          ...compare('p99Ms'),
          ...common,
        },
      ];
    });
  });
}

/** Imports the file until it ends or is stopped. Returns the number of rows. */
async function importOrders(path: string, dataDir: string, stop: AbortSignal): Promise<number> {
  const ask = connectToGateway({ dataDir });
  const file = await openImportFile(path, { columns: {}, fixed: { name: 'Purchase' } });
  const begun = await ask('POST /api/sites/:site/imports', { site: siteId }, { id: '0'.repeat(32) });
  const progress = { show: () => {}, note: () => {}, end: () => {} };
  const ended = await runImport(begun, { ask, site: siteId, file, consent: 'granted', progress, results: undefined, stop });
  return ended.accepted;
}

function createFile(rows: number): string {
  const time = new Date(Date.now() - dayMs).toISOString();
  const lines = Array.from(
    { length: rows },
    (_, row) => `${time},old${row}@mail.example,+1425555${String(row).padStart(4, '0').slice(-4)},${row % 900}.5,USD,old-${row}`,
  );
  return `time,user.email,user.phone,commerce.value,commerce.currency,commerce.orderId\n${lines.join('\n')}\n`;
}
