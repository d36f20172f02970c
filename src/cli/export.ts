import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { type ApiClient, type ApiResponse, nothingFound } from '../api/client.ts';
import { ConveyError, errorMessage } from '../errors.ts';
import { callerDir, configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { jsonOption, printJson } from './json-option.ts';
import { addPersonOptions, type KeyOptions, readPersonOption } from './person-options.ts';
import { selectSite, siteOption } from './site-option.ts';
import { print, printNotice } from './terminal.ts';
import { table, time } from './terminal-output.ts';

interface Options {
  readonly config: string;
  readonly site?: string;
  readonly out?: string;
}

const outOption = ['-o, --out <file>', 'write to this file, which only you can read (default: stdout)'] as const;

export function exportPerson(): Command {
  const named = new Command('export')
    .description('Export all data of one person as JSON. Select the person by one key.')
    .option(...siteOption);
  return addPersonOptions(named)
    .option(...outOption)
    .option(...configOption)
    .action(async (options: Options & KeyOptions) => {
      const ask = connectToGateway(loadConfig(options.config));
      const site = await selectSite(ask, options);
      assertNoFile(options);
      const { id } = await ask('POST /api/sites/:site/export', { site }, await readPersonOption(options));
      await writeExport(ask, site, id, options);
      // The caller has the export, so the stored file is no longer needed.
      await ask('DELETE /api/sites/:site/exports/:export', { site, export: id });
    });
}

export function exports(): Command {
  const list = new Command('list')
    .description('List the export files that are ready.')
    .option(...siteOption)
    .option(...configOption)
    .option(...jsonOption)
    .action(async (options: Options & { readonly json?: true }) => {
      const ask = connectToGateway(loadConfig(options.config));
      const files = await ask('GET /api/sites/:site/exports', { site: await selectSite(ask, options) });
      if (options.json) return printJson(files);
      if (files.length === 0) return print('No export files.');
      const rows = files.map((file) => [file.id, file.askedBy, time(file.madeAt), time(file.keptUntil), String(file.bytes)]);
      print(table(['id', 'requested by', 'created (UTC)', 'kept until (UTC)', 'bytes'], rows));
    });
  const get = new Command('get')
    .description('Print an export file. It stays until it is removed or 30 days old.')
    .argument('<id>', 'the id in `exports list`')
    .option(...siteOption)
    .option(...outOption)
    .option(...configOption)
    .action(async (id: string, options: Options) => {
      const ask = connectToGateway(loadConfig(options.config));
      await writeExport(ask, await selectSite(ask, options), id, options);
    });
  const remove = new Command('remove')
    .description('Remove an export file, once its person has it.')
    .argument('<id>', 'the id in `exports list`')
    .option(...siteOption)
    .option(...configOption)
    .action(async (id: string, options: Options) => {
      const ask = connectToGateway(loadConfig(options.config));
      await ask('DELETE /api/sites/:site/exports/:export', { site: await selectSite(ask, options), export: id });
      print('Export file removed.');
    });
  return new Command('exports')
    .description('List, print or remove export files. Shops request them for their customers.')
    .addCommand(list)
    .addCommand(get)
    .addCommand(remove);
}

/** Fails early, before the search for the person. */
function assertNoFile({ out }: Options): void {
  if (out === undefined || !existsSync(resolve(callerDir, out))) return;
  throw new ConveyError(`The file ${resolve(callerDir, out)} already exists`, 'Use another file with --out');
}

function isEmpty({ people, events, deadLetters, requests }: ApiResponse<'GET /api/sites/:site/exports/:export'>): boolean {
  return [people, events, deadLetters, requests].every((list) => list.length === 0);
}

async function writeExport(ask: ApiClient, site: string, id: string, { out }: Options): Promise<void> {
  const data = await ask('GET /api/sites/:site/exports/:export', { site, export: id });
  if (isEmpty(data)) printNotice(nothingFound);
  const text = JSON.stringify(data, null, 2);
  if (out === undefined) return print(text);
  const path = resolve(callerDir, out);
  try {
    writeFileSync(path, `${text}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new ConveyError(
      `The file ${path} cannot be written: ${errorMessage(error)}`,
      'Use another file with --out. An existing file is not overwritten',
    );
  }
  print(`Written to ${path}.`);
}
