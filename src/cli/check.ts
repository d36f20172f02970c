import { styleText } from 'node:util';
import { Command } from 'commander';
import { checkGateway } from '../preflight.ts';
import { configOption, loadConfig, version } from './context.ts';
import { plain, print } from './output.ts';

const marks = {
  ok: styleText('green', 'ok      '),
  warning: styleText('yellow', 'warning '),
  problem: styleText('red', 'problem '),
} as const;

export function check(): Command {
  return new Command('check')
    .description('Validate the config, try ports, disk, clock and store, and probe each credential without sending an event.')
    .option(...configOption)
    .action(async (options: { config: string }) => {
      const config = loadConfig(options.config);
      print(`${marks.ok} config: ${config.sites.length === 1 ? 'one site' : `${config.sites.length} sites`}`);
      let problems = 0;
      for await (const { level, subject, says } of checkGateway(config, version)) {
        print(`${marks[level]} ${subject}: ${plain(says, 600)}`);
        if (level === 'problem') problems += 1;
      }
      if (problems > 0) process.exitCode = 1;
    });
}
