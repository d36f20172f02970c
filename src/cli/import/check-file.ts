import type { ApiClient } from '../../api/client.ts';
import { formatCount } from '../../event/format-numbers.ts';
import { sanitizeForTerminal } from '../terminal-output.ts';
import type { ImportProgress } from './import-progress.ts';
import type { ImportFile } from './open-file.ts';
import type { ResultFile } from './result-file.ts';
import { addResult, formatRowCounts, type RowCounts } from './row-counts.ts';
import { checkBatch, readBatches } from './send-rows.ts';

export interface FileCheck {
  readonly ask: ApiClient;
  readonly site: string;
  readonly file: ImportFile;
  readonly consent: 'granted' | 'denied' | undefined;
  readonly progress: ImportProgress;
  readonly results: ResultFile | undefined;
  readonly stop: AbortSignal;
}

/** What an import would do. */
export interface CheckedFile {
  readonly counts: RowCounts;
  /** Accepted rows whose consent counts as denied. */
  readonly denied: number;
  /** The numbers of accepted rows by connection and by what it would do with them. */
  readonly plan: readonly { readonly connection: string; readonly outcome: string; readonly rows: number }[];
}

/** Checks every row as the gateway would accept it, and stores nothing. */
export async function checkFile({ ask, site, file, consent, progress, results, stop }: FileCheck): Promise<CheckedFile> {
  const counts: RowCounts = { accepted: 0, repeated: 0, refused: 0 };
  const plan = new Map<string, CheckedFile['plan'][number]>();
  let denied = 0;
  let done = 0;
  for await (const batch of readBatches(file, { after: 0, consent })) {
    if (stop.aborted) break;
    const checked = await checkBatch(ask, site, batch);
    const listed = batch.list(checked);
    for (const { result } of listed) addResult(counts, result);
    for (const row of checked) {
      if (row.consent === 'denied') denied += 1;
      for (const { connection, outcome } of row.plan) {
        const key = `${connection} ${outcome}`;
        plan.set(key, { connection, outcome, rows: (plan.get(key)?.rows ?? 0) + 1 });
      }
    }
    await results?.write(listed);
    done += listed.length;
    progress.show(done, counts);
  }
  return { counts, denied, plan: [...plan.values()] };
}

/** Describes what an import would do, a line each. */
export function describeCheck({ counts, denied, plan }: CheckedFile): readonly string[] {
  return [
    `Nothing was stored. An import would have: ${formatRowCounts(counts)}. Rows that are stored already count as repeated then.`,
    ...(denied > 0 ? [`${formatCount(denied, 'row')} denied consent: stored without personal data.`] : []),
    ...plan.map(
      ({ connection, outcome, rows }) =>
        `${sanitizeForTerminal(connection, 60)}: ${formatCount(rows, 'row')} would ${effects[outcome] ?? `be skipped as ${sanitizeForTerminal(outcome, 60)}`}.`,
    ),
  ];
}

const effects: Readonly<Record<string, string>> = {
  sent: 'be sent',
  uploaded: 'be uploaded to the connected account',
  dead: 'be refused by the platform',
  waiting: 'wait',
};
