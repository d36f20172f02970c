import { Command } from 'commander';
import { migrateFiles } from '../storage/migrate.ts';
import { configOption, loadConfig } from './cli-context.ts';
import { print, printNotice } from './terminal.ts';

export function migrate(): Command {
  return new Command('migrate')
    .description("Bring the files to this version's schema while no gateway runs; a start does it as well.")
    .option(...configOption)
    .action((options: { config: string }) => {
      const { dataDir } = loadConfig(options.config);
      migrateFiles(
        dataDir,
        ({ file, schema, needed }) => print(`${file}: schema ${schema}, this version needs ${needed}.`),
        (file, step) => printNotice(`${file}: going to schema ${step} …`),
      );
      print('Both files have the schema that this version needs.');
    });
}
