import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ApiClient, ImportsView, ImportView } from '../api/client.ts';
import { ConveyError } from '../errors.ts';
import { formatCount } from '../event/format-numbers.ts';
import { callerDir, configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { listTitles } from './csv-rows.ts';
import { checkFile, describeCheck } from './import/check-file.ts';
import { createImportProgress } from './import/import-progress.ts';
import { type FileMapping, type ImportFile, openImportFile } from './import/open-file.ts';
import { readMapping } from './import/read-mapping.ts';
import { openResultFile, type ResultFile } from './import/result-file.ts';
import { formatRowCounts } from './import/row-counts.ts';
import { type FileZone, parseZone } from './import/row-time.ts';
import { runImport, toCounts } from './import/run-import.ts';
import { type FileSurvey, surveyFile } from './import/survey-file.ts';
import { jsonOption, printJson } from './json-option.ts';
import { selectSite, siteOption } from './site-option.ts';
import { currentTerminal, fail, print, printNotice } from './terminal.ts';
import { time } from './terminal-output.ts';

interface Options {
  readonly config: string;
  readonly site?: string;
  readonly dryRun?: true;
  readonly map?: string;
  readonly event?: string;
  readonly timeZone?: FileZone;
  readonly consent?: 'granted' | 'denied';
  readonly results?: string;
  readonly json?: true;
}

const stoppedCode = 130;

export function importFile(): Command {
  return new Command('import')
    .description(
      "Import events of a CSV or JSON Lines file, as reported by the shop's server. Reads the templates for offline conversions of Microsoft, Google and Meta, and columns such as `commerce.value`.",
    )
    .argument('<file>', 'the CSV or JSON Lines file')
    .option(...siteOption)
    .option('--dry-run', 'check every row, and store nothing')
    .addOption(
      new Option('--consent <choice>', 'the consent of rows that state none; needed if the policy counts them as denied').choices(
        ['granted', 'denied'],
      ),
    )
    .option('--event <name>', 'the event of every row, such as Purchase')
    .option('--map <file>', 'a JSON file that maps fields to columns: {"commerce.value": "Total"}')
    .option('--time-zone <zone>', 'the zone of times without an offset, such as Europe/Berlin or +0100', readZone)
    .option('--results <file>', 'write the result of each row to this CSV file')
    .option(...configOption)
    .option(...jsonOption)
    .action(async (path: string, options: Options) => {
      const ask = connectToGateway(loadConfig(options.config));
      const site = await selectSite(ask, options);
      const mapping = toMapping(options);
      const file = await openImportFile(resolve(callerDir, path), mapping);
      const facts = await ask('GET /api/sites/:site/imports', { site });
      const survey = await surveyFile(file);
      describeFile(survey, facts, options);
      if (options.dryRun) return dryRun(ask, site, file, survey, options);
      const id = (await file.digest(JSON.stringify([mapping, options.consent]))).slice(0, 32);
      await sendFile(await ask('POST /api/sites/:site/imports', { site }, { id }), { ask, site, file, survey, options });
    });
}

function readZone(text: string): FileZone {
  const zone = parseZone(text);
  if (zone === undefined) throw new InvalidArgumentError('Use a time zone such as Europe/Berlin, or an offset such as +0100.');
  return zone;
}

function toMapping({ map, event, timeZone }: Options): FileMapping {
  const own = map === undefined ? { columns: {}, fixed: {} } : readMapping(resolve(callerDir, map));
  return {
    columns: own.columns,
    fixed: { ...own.fixed, ...(event !== undefined && { name: event }) },
    ...(timeZone !== undefined && { timeZone }),
  };
}

/** Prints what was recognized, and what the consent of the rows counts as. @throws ConveyError if the rows state none and must. */
function describeFile(
  { rows, withoutConsent, columns }: FileSurvey,
  { missingConsent }: ImportsView,
  { consent }: Options,
): void {
  if (rows === 0) throw new ConveyError('The file has no rows', 'Export it with at least one event');
  printNotice(`${formatCount(rows, 'row')}${columns ? ` in ${columns.form}` : ' of JSON'}.`);
  if (columns && columns.unused.length > 0)
    printNotice(`Columns that are not used: ${listTitles(columns.unused)}. To use one, name its field with --map FILE.`);
  if (withoutConsent === 0) return;
  const without = `${formatCount(withoutConsent, 'row')} without consent`;
  if (consent !== undefined) {
    const effect = consent === 'denied' ? ', and are stored without personal data' : '';
    printNotice(`${without} count as ${consent}, by --consent${effect}.`);
  } else if (missingConsent === 'granted') printNotice(`${without} count as granted, by the site's policy.`);
  else
    throw new ConveyError(
      `${without} would count as denied, by the site's policy, so they would be refused`,
      "Add a consent column, or use --consent granted or --consent denied for the shoppers' answer",
    );
}

/** Returns a signal that Ctrl-C aborts. A second Ctrl-C ends the process at once. */
function stopOnInterrupt(): { readonly stop: AbortSignal; readonly release: () => void } {
  const stopping = new AbortController();
  const abort = () => stopping.abort();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, abort);
  return {
    stop: stopping.signal,
    release() {
      for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, abort);
    },
  };
}

async function dryRun(ask: ApiClient, site: string, file: ImportFile, { rows }: FileSurvey, options: Options): Promise<void> {
  const results = await openResults(options, false);
  const progress = createImportProgress(rows);
  const { stop, release } = stopOnInterrupt();
  try {
    const checked = await checkFile({ ask, site, file, consent: options.consent, progress, results, stop });
    progress.end();
    if (options.json) printJson([{ dryRun: true, ...checked.counts, denied: checked.denied, plan: checked.plan }]);
    else for (const line of describeCheck(checked)) print(line);
    if (checked.counts.refused > 0) reportRefused(options);
  } finally {
    release();
    await results?.close();
  }
}

interface SentFile {
  readonly ask: ApiClient;
  readonly site: string;
  readonly file: ImportFile;
  readonly survey: FileSurvey;
  readonly options: Options;
}

async function sendFile(begun: ImportView, { ask, site, file, survey, options }: SentFile): Promise<void> {
  if (begun.finishedAt !== undefined) {
    if (options.json) printJson([begun]);
    else
      print(
        `This file was imported at ${time(begun.finishedAt).slice(0, 16)} UTC: ${formatRowCounts(toCounts(begun))}. Nothing was sent.`,
      );
    if (begun.refused > 0) {
      printNotice('Use --dry-run with --results FILE to see the lines, rules and remedies of refused rows.');
      fail();
    }
    return;
  }
  if (begun.line > 0) printNotice(`Goes on after line ${begun.line}, up to which the rows are stored.`);
  const results = await openResults(options, begun.line > 0);
  const progress = createImportProgress(survey.rows, begun.accepted + begun.repeated + begun.refused);
  const { stop, release } = stopOnInterrupt();
  try {
    const ended = await runImport(begun, { ask, site, file, consent: options.consent, progress, results, stop });
    progress.end();
    if (options.json) printJson([ended]);
    else print(`${formatRowCounts(toCounts(ended))}.`);
    if (ended.finishedAt === undefined) {
      printNotice(`Stopped after line ${ended.line}. Run the same command again to go on after it.`);
      currentTerminal().exitCode = stoppedCode;
    } else if (ended.refused > 0) reportRefused(options);
  } catch (error) {
    progress.end();
    printNotice('The import is not complete. Run the same command again to go on after the last stored row.');
    throw error;
  } finally {
    release();
    await results?.close();
  }
}

async function openResults({ results }: Options, isResumed: boolean): Promise<ResultFile | undefined> {
  return results === undefined ? undefined : openResultFile(resolve(callerDir, results), isResumed);
}

function reportRefused({ results }: Options): void {
  if (results === undefined) printNotice('Use --results FILE to see the lines, rules and remedies of refused rows.');
  fail();
}
