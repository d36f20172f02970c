import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiClient, ApiError, type ImportView, type RowResult } from '../../api/client.ts';
import { minuteMs, secondMs } from '../../event/units.ts';
import { sanitizeForTerminal } from '../terminal-output.ts';
import type { ImportProgress } from './import-progress.ts';
import type { ImportFile } from './open-file.ts';
import type { ResultFile } from './result-file.ts';
import type { RowCounts } from './row-counts.ts';
import { type RowBatch, readBatches } from './send-rows.ts';

export interface ImportRun {
  readonly ask: ApiClient;
  readonly site: string;
  readonly file: ImportFile;
  readonly consent: 'granted' | 'denied' | undefined;
  readonly progress: ImportProgress;
  readonly results: ResultFile | undefined;
  /** Aborted to stop after the rows that are being sent. */
  readonly stop: AbortSignal;
}

/** How long a gateway that refuses events for a moment is asked again. */
const patienceMs = minuteMs;
/** The pause after a request, in times of its duration. */
const pauseShare = 2;
const passing: ReadonlySet<string> = new Set(['not-accepting', 'database-away', 'rate-limited']);

/**
 * Sends the rows after the import's last durable line. Between two requests it pauses for twice as long as the last one took, so that an import takes
 * at most a third of the gateway's time, and it waits while a consumer lags. Returns the import as the gateway has it.
 */
export async function runImport(begun: ImportView, run: ImportRun): Promise<ImportView> {
  const { file, consent, progress, results, stop } = run;
  const { ask, site } = run;
  let current = begun;
  let done = current.accepted + current.repeated + current.refused;
  await waitForConsumers((await ask('GET /api/sites/:site/imports/:import', { site, import: begun.id })).wait, begun, run);
  for await (const batch of readBatches(file, { after: current.line, consent })) {
    if (stop.aborted) break;
    const startedAt = performance.now();
    const answer = await sendPatiently(current, batch, run);
    const tookMs = performance.now() - startedAt;
    current = answer.import;
    await results?.write(batch.list(answer.results));
    done += batch.list(answer.results).length;
    progress.show(done, toCounts(current));
    if (batch.isFinished) break;
    await sleep(pauseShare * tookMs, undefined, { signal: stop }).catch(() => {});
    await waitForConsumers(answer.wait, current, run);
  }
  return current;
}

interface RowsAnswer {
  readonly results: readonly RowResult[];
  readonly import: ImportView;
  readonly wait?: Wait;
}

interface Wait {
  readonly consumer: string;
  readonly seconds: number;
}

/** Sends a batch. Repeats it for a minute while the gateway refuses events: rows that it stored already are repeats. */
async function sendPatiently({ id, line }: ImportView, batch: RowBatch, { ask, site, stop }: ImportRun): Promise<RowsAnswer> {
  const { through, events, repeated, refused, isFinished } = batch;
  const body = { after: line, through, events: [...events], repeated, refused, isFinished };
  const until = Date.now() + patienceMs;
  for (;;) {
    try {
      return await ask('POST /api/sites/:site/imports/:import/rows', { site, import: id }, body);
    } catch (error) {
      if (!(error instanceof ApiError) || !passing.has(error.code) || Date.now() > until || stop.aborted) throw error;
      await sleep(secondMs, undefined, { signal: stop }).catch(() => {});
    }
  }
}

async function waitForConsumers(
  first: Wait | undefined,
  { id }: ImportView,
  { ask, site, progress, stop }: ImportRun,
): Promise<void> {
  if (!first) return;
  const consumer = first.consumer === 'identity' ? 'the gateway' : `the connection ${sanitizeForTerminal(first.consumer, 60)}`;
  progress.note(`Waits: ${consumer} is ${first.seconds} s behind. The import goes on by itself.`);
  for (let wait: Wait | undefined = first; wait && !stop.aborted; ) {
    await sleep(secondMs, undefined, { signal: stop }).catch(() => {});
    if (stop.aborted) return;
    wait = (await ask('GET /api/sites/:site/imports/:import', { site, import: id })).wait;
  }
}

export function toCounts({ accepted, repeated, refused }: ImportView): RowCounts {
  return { accepted, repeated, refused };
}
