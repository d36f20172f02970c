import { Command } from 'commander';
import type { ApiClient, ErasureReport, ErasureRequest } from '../api/client.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { confirm } from './confirm.ts';
import { addPersonOptions, type KeyOptions, readPersonOption } from './person-options.ts';
import { print, printNotice } from './terminal.ts';
import { sanitizeForTerminal, table, time } from './terminal-output.ts';

type Options = KeyOptions & {
  readonly site: string;
  readonly config: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly json?: true;
};

const lookEveryMs = 1_000;

export function erase(): Command {
  const named = new Command('erase')
    .description('Erase everything of one person, named by one key, and say which platforms have events of them.')
    .requiredOption('-s, --site <id>', 'the site');
  return addPersonOptions(named)
    .option('--dry-run', 'tell what would go, and erase nothing')
    .option('-y, --yes', 'do not ask')
    .option(...configOption)
    .option('--json', 'print JSON')
    .action(async (options: Options) => {
      const { site, dryRun, yes, json } = options;
      const ask = connectToGateway(loadConfig(options.config));
      const person = await readPersonOption(options);
      if (!dryRun && !yes) {
        printNotice(`${describe(await shown(ask, site, { ...person, dryRun: true }))}`);
        await confirm('Erase it?', 'erased', 'erase');
      }
      const report = await shown(ask, site, { ...person, ...(dryRun && { dryRun }) });
      print(json ? JSON.stringify(report, null, 2) : describe(report));
    });
}

const notFinished =
  "Traces are left on the disk, because state.db could not be written anew. Look at the gateway's log for the reason, then call this again: it finishes the rest.";

/** Says on stderr how far it has come: a large log takes its time. */
async function shown(ask: ApiClient, site: string, request: ErasureRequest): Promise<ErasureReport> {
  const timer = setInterval(async () => {
    const { looked } = await ask('GET /api/sites/:site/erase', { site }).catch(() => ({ looked: null }));
    if (looked !== null) printNotice(`Looked at ${looked} records and requests.`);
  }, lookEveryMs);
  try {
    return await ask('POST /api/sites/:site/erase', { site }, request);
  } finally {
    clearInterval(timer);
  }
}

function describe(report: ErasureReport): string {
  const { dryRun, events, copies, signals, visitors, deadLetters, attempts, exports, received, unfinished } = report;
  const rows = Object.entries({
    events,
    'copies of them': copies,
    signals,
    'visitors with their facts': visitors,
    'dead letters': deadLetters,
    'stored requests': attempts,
    'exported files': exports,
  }).map(([what, count]) => [what, String(count)]);
  const counts = table([dryRun ? 'would go' : 'erased', 'count'], rows);
  const head = unfinished ? `${counts}\n\n${notFinished}` : counts;
  if (received.length === 0) return `${head}\nNo platform is known to have received events of the person.`;
  const by = received.map(({ connection, destination, events: sent, inDoubt, first, last }) => [
    sanitizeForTerminal(connection),
    sanitizeForTerminal(destination ?? '–'),
    String(sent),
    String(inDoubt),
    time(first),
    time(last),
  ]);
  const asked = 'These platforms have events of the person. Ask them to erase what they have:';
  return `${head}\n\n${asked}\n${table(['connection', 'platform', 'events', 'in doubt', 'first (UTC)', 'last (UTC)'], by)}`;
}
