import { Command } from 'commander';
import {
  type ApiClient,
  askRecipients,
  describeUnfinished,
  type ErasureReport,
  type ErasureRequest,
  listErasureCounts,
  noRecipients,
  nothingFound,
} from '../api/client.ts';
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
        const preview = await eraseWithProgress(ask, site, { ...person, dryRun: true });
        printNotice(describe(preview));
        if (!preview.found && !preview.unfinished) return json && printJson(preview);
        await confirm('Erase it?', 'erased', 'erase');
      }
      const report = await eraseWithProgress(ask, site, { ...person, ...(dryRun && { dryRun }) });
      if (json) printJson(report);
      else print(describe(report));
    });
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
  const { dryRun, found, received, spools } = report;
  const rest = describeUnfinished({ ...report, ...(spools && { spools: spools.map((host) => sanitizeForTerminal(host)) }) });
  const rows = listErasureCounts(report).map(([label, count]) => [label, String(count)]);
  const counts = found ? table([dryRun ? 'would be erased' : 'erased', 'count'], rows) : nothingFound;
  const head = rest === undefined ? counts : `${counts}\n\n${rest}`;
  if (received.length === 0) return found ? `${head}\n${noRecipients}` : head;
  const platforms = received.map(({ connection, destination, events: sent, inDoubt, first, last }) => [
    sanitizeForTerminal(connection),
    sanitizeForTerminal(destination ?? '–'),
    String(sent),
    String(inDoubt),
    time(first),
    time(last),
  ]);
  return `${head}\n\n${askRecipients}\n${table(['connection', 'platform', 'events', 'possibly sent', 'first (UTC)', 'last (UTC)'], platforms)}`;
}
