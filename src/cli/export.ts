import { existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import type { ApiClient } from '../api/client.ts';
import { ConveyError, errorMessage } from '../errors.ts';
import { callerDir, configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { addPersonOptions, type KeyOptions, readPersonOption } from './person-options.ts';
import { print } from './terminal.ts';
import { table, time } from './terminal-output.ts';

interface Options {
  readonly config: string;
  readonly site?: string;
  readonly out?: string;
}

const siteOption = ['-s, --site <id>', 'the site; may be left out where there is only one'] as const;
const outOption = ['-o, --out <file>', 'write it there, for you alone to read; without, it is printed'] as const;

export function exportPerson(): Command {
  const named = new Command('export')
    .description('Everything that is kept of one person, named by one key, as JSON.')
    .option(...siteOption);
  return addPersonOptions(named)
    .option(...outOption)
    .option(...configOption)
    .action(async (options: Options & KeyOptions) => {
      const ask = connectToGateway(loadConfig(options.config));
      const site = await siteOf(ask, options);
      refuseTaken(options);
      const { id } = await ask('POST /api/sites/:site/export', { site }, await readPersonOption(options));
      await handOver(ask, site, id, options);
      // Whoever called has it now, so it need not wait.
      await ask('DELETE /api/sites/:site/exports/:export', { site, export: id });
    });
}

export function exports(): Command {
  const list = new Command('list')
    .description('The files that wait to be handed to a person.')
    .option(...siteOption)
    .option(...configOption)
    .option('--json', 'print JSON')
    .action(async (options: Options & { readonly json?: true }) => {
      const ask = connectToGateway(loadConfig(options.config));
      const files = await ask('GET /api/sites/:site/exports', { site: await siteOf(ask, options) });
      if (options.json) return print(JSON.stringify(files, null, 2));
      if (files.length === 0) return print('No file waits.');
      const rows = files.map((file) => [file.id, file.askedBy, time(file.madeAt), time(file.keptUntil), String(file.bytes)]);
      print(table(['id', 'asked by', 'made (UTC)', 'kept until (UTC)', 'bytes'], rows));
    });
  const get = new Command('get')
    .description('One of these files. It stays until it is removed, or 30 days old.')
    .argument('<id>', 'its id in `exports list`')
    .option(...siteOption)
    .option(...outOption)
    .option(...configOption)
    .action(async (id: string, options: Options) => {
      const ask = connectToGateway(loadConfig(options.config));
      await handOver(ask, await siteOf(ask, options), id, options);
    });
  const remove = new Command('remove')
    .description('Remove one of these files, once it is handed over.')
    .argument('<id>', 'its id in `exports list`')
    .option(...siteOption)
    .option(...configOption)
    .action(async (id: string, options: Options) => {
      const ask = connectToGateway(loadConfig(options.config));
      await ask('DELETE /api/sites/:site/exports/:export', { site: await siteOf(ask, options), export: id });
      print('Removed.');
    });
  return new Command('exports')
    .description('The files that a shop asked for, for customers who want their data.')
    .addCommand(list)
    .addCommand(get)
    .addCommand(remove);
}

async function siteOf(ask: ApiClient, { site }: Options): Promise<string> {
  if (site !== undefined) return site;
  const [only, ...others] = (await ask('GET /api/status')).sites;
  if (!only || others.length > 0) throw new ConveyError('It is not said which site', 'Name it with --site');
  return only.id;
}

/** Before anything is looked for. */
function refuseTaken({ out }: Options): void {
  if (out === undefined || !existsSync(resolve(callerDir, out))) return;
  throw new ConveyError(`There is a file ${resolve(callerDir, out)} already`, 'Name another one with --out');
}

async function handOver(ask: ApiClient, site: string, id: string, { out }: Options): Promise<void> {
  const text = JSON.stringify(await ask('GET /api/sites/:site/exports/:export', { site, export: id }), null, 2);
  if (out === undefined) return print(text);
  const path = resolve(callerDir, out);
  try {
    writeFileSync(path, `${text}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new ConveyError(
      `The file ${path} cannot be written: ${errorMessage(error)}`,
      'Name another one with --out; a file that is there is left alone',
    );
  }
  print(`Written to ${path}.`);
}
