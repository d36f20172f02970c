import { Command } from 'commander';
import type { ApiClient, ErasureReport, ErasureRequest } from '../api/client.ts';
import { systemClock } from '../clock/clock.ts';
import { runPeriodically } from '../clock/run-periodically.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { confirm } from './confirm.ts';
import { jsonOption, printJson } from './json-option.ts';
import { addPersonOptions, type KeyOptions, readPersonOption } from './person-options.ts';
import { selectSite, siteOption } from './site-option.ts';
import { print, printNotice } from './terminal.ts';
import { sanitizeForTerminal, table, time } from './terminal-output.ts';

type Options = KeyOptions & {
  readonly site?: string;
  readonly config: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
};

const progressEveryMs = 1_000;

export function erase(): Command {
  const named = new Command('erase')
    .description(
      'Erase all data of one person. Select the person by one key. Lists the platforms that received events of the person.',
    )
    .option(...siteOption);
  return addPersonOptions(named)
    .option('--dry-run', 'show what would be erased, without erasing it')
    .option('-y, --yes', 'do not ask for confirmation')
    .option(...configOption)
    .option(...jsonOption)
    .action(async (options: Options) => {
      const { dryRun, yes, json } = options;
      const ask = connectToGateway(loadConfig(options.config));
      const site = await selectSite(ask, options);
      const person = await readPersonOption(options);
      if (!dryRun && !yes) {
        printNotice(`${describe(await eraseWithProgress(ask, site, { ...person, dryRun: true }))}`);
        await confirm('Erase it?', 'erased', 'erase');
      }
      const report = await eraseWithProgress(ask, site, { ...person, ...(dryRun && { dryRun }) });
      if (json) printJson(report);
      else print(describe(report));
    });
}

const notFinished =
  "Traces remain on the disk, because state.db could not be rewritten. Check the gateway's log for the reason, then run this command again.";

const rewrittenLater =
  'Convey no longer finds the data. Earlier versions of rows remain in large tables of the database until `rewriteHour`. Do not repeat this command.';
function describeRest({ spools, awaitsRewrite }: ErasureReport): string {
  if (spools) return describeSpools(spools);
  return awaitsRewrite ? rewrittenLater : notFinished;
}

function describeSpools(hosts: readonly string[]): string {
  const names = hosts.map((host) => sanitizeForTerminal(host)).join(', ');
  return `Events of the person may wait in the spool of ${names}. Start the gateway there, or call \`convey spool drain\`. Then run this command again.`;
}

/** Sends the request and prints the progress to stderr, because a large event log takes a while. */
async function eraseWithProgress(ask: ApiClient, site: string, request: ErasureRequest): Promise<ErasureReport> {
  const progress = runPeriodically({
    clock: systemClock,
    firstAfterMs: progressEveryMs,
    everyMs: progressEveryMs,
    async round() {
      const { looked } = await ask('GET /api/sites/:site/erase', { site });
      if (looked !== null) printNotice(`Searched ${looked} records and requests.`);
    },
    onFault: () => {},
  });
  try {
    return await ask('POST /api/sites/:site/erase', { site }, request);
  } finally {
    await progress.stop();
  }
}

function describe(report: ErasureReport): string {
  const { dryRun, events, copies, signals, visitors, deadLetters, attempts, exports, received } = report;
  const rows = Object.entries({
    events,
    'duplicate reports': copies,
    signals,
    'visitor profiles': visitors,
    'dead letters': deadLetters,
    'stored requests': attempts,
    'export files': exports,
  }).map(([what, count]) => [what, String(count)]);
  const counts = table([dryRun ? 'would be erased' : 'erased', 'count'], rows);
  const head = report.unfinished ? `${counts}\n\n${describeRest(report)}` : counts;
  if (received.length === 0) return `${head}\nNo platform has received events of the person, as far as Convey knows.`;
  const platforms = received.map(({ connection, destination, events: sent, inDoubt, first, last }) => [
    sanitizeForTerminal(connection),
    sanitizeForTerminal(destination ?? '–'),
    String(sent),
    String(inDoubt),
    time(first),
    time(last),
  ]);
  const notice = 'These platforms received events of the person. Ask each platform to erase its data:';
  return `${head}\n\n${notice}\n${table(['connection', 'platform', 'events', 'in doubt', 'first (UTC)', 'last (UTC)'], platforms)}`;
}
