import { Command } from 'commander';
import { ConveyError } from '../errors.ts';
import { formatCount } from '../event/format-numbers.ts';
import { dropProfiles } from '../storage/drop-profiles.ts';
import { configOption, connectToGateway, loadConfig, requestOverSocket } from './cli-context.ts';
import { confirm } from './confirm.ts';
import { print, printNotice } from './terminal.ts';

interface Options {
  readonly site: string;
  readonly anonymousId?: string;
  readonly largerThan?: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly config: string;
  readonly json?: true;
}

interface Dropped {
  readonly dryRun: boolean;
  readonly profiles: number;
  readonly bytes: number;
}

export function visitors(): Command {
  const drop = new Command('drop')
    .description(
      'Drop what is known of visitors. Their events stay, and what they chose of consent. It works without a gateway too.',
    )
    .requiredOption('-s, --site <id>', 'the site')
    .option('--anonymous-id <id>', 'the profile of this visitor')
    .option('--larger-than <size>', 'every profile that is larger, such as `64KiB`')
    .option('--dry-run', 'count what would go, and drop nothing')
    .option('-y, --yes', 'do not ask')
    .option(...configOption)
    .option('--json', 'print JSON')
    .action(async (options: Options) => {
      const drop = await dropperOf(options);
      if (!options.dryRun && !options.yes) {
        printNotice(`${describe(await drop(true))}`);
        await confirm('Drop it?', 'dropped', 'drop');
      }
      const dropped = await drop(options.dryRun === true);
      print(options.json ? JSON.stringify(dropped, null, 2) : describe(dropped));
    });
  return new Command('visitors').description('The profiles of visitors: what is known of each.').addCommand(drop);
}

/** Through the gateway that runs on the data folder; where none runs, in the folder itself. */
async function dropperOf({
  site,
  anonymousId,
  largerThan,
  config: file,
}: Options): Promise<(dryRun: boolean) => Promise<Dropped>> {
  if ((anonymousId === undefined) === (largerThan === undefined))
    throw new ConveyError('It is not said which profiles', 'Give one of --anonymous-id and --larger-than');
  const bytes = largerThan === undefined ? 0 : bytesOf(largerThan);
  const config = loadConfig(file);
  const status = await requestOverSocket(config, 'GET', '/api/status');
  status?.resume();
  if (status) {
    const which = anonymousId === undefined ? { largerThan: bytes } : { anonymousId };
    return (dryRun) => connectToGateway(config)('POST /api/sites/:site/visitors/drop', { site }, { ...which, dryRun });
  }
  const which = anonymousId === undefined ? { largerThan: bytes } : { visitor: anonymousId };
  return async (dryRun) => ({ dryRun, ...(await dropProfiles(config.dataDir, site, which, dryRun)) });
}

const units: Readonly<Record<string, number>> = { '': 1, B: 1, KiB: 1_024, MiB: 1_024 * 1_024 };

function bytesOf(size: string): number {
  const [, count, unit = ''] = /^(\d{1,12})\s*(B|KiB|MiB)?$/.exec(size.trim()) ?? [];
  const factor = units[unit];
  if (count === undefined || factor === undefined)
    throw new ConveyError('--larger-than is no size', 'Give a whole number of bytes, KiB or MiB, such as 64KiB');
  return Number(count) * factor;
}

function describe({ dryRun, profiles, bytes }: Dropped): string {
  if (profiles === 0) return 'No profile matches.';
  const what = `${formatCount(profiles, 'profile')} of ${Math.ceil(bytes / 1_024)} KiB`;
  if (dryRun) return `${what} would go. Nothing was dropped.`;
  return `${what} dropped. Events stay, and so does what the visitors chose of consent.`;
}
