import { Command } from 'commander';
import { ConveyError } from '../errors.ts';
import { formatCount } from '../event/format-numbers.ts';
import { dropProfiles } from '../storage/drop-profiles.ts';
import { configOption, connectToGateway, isGatewayRunning, loadConfig } from './cli-context.ts';
import { confirm } from './confirm.ts';
import { jsonOption, printJson } from './json-option.ts';
import { selectSite, siteOption } from './site-option.ts';
import { print, printNotice } from './terminal.ts';

interface Options {
  readonly site?: string;
  readonly anonymousId?: string;
  readonly largerThan?: string;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly config: string;
  readonly json?: true;
}

interface DropResult {
  readonly dryRun: boolean;
  readonly profiles: number;
  readonly bytes: number;
}

export function visitors(): Command {
  const drop = new Command('drop')
    .description('Drop profiles of visitors. Their events and consent choices stay. Works with and without a running gateway.')
    .option(...siteOption)
    .option('--anonymous-id <id>', 'the profile of this visitor')
    .option('--larger-than <size>', 'all profiles larger than this, such as `64KiB`')
    .option('--dry-run', 'count the profiles, without dropping them')
    .option('-y, --yes', 'do not ask for confirmation')
    .option(...configOption)
    .option(...jsonOption)
    .action(async (options: Options) => {
      const drop = await createDropper(options);
      if (!options.dryRun && !options.yes) {
        printNotice(`${describe(await drop(true))}`);
        await confirm('Drop it?', 'dropped', 'drop');
      }
      const dropped = await drop(options.dryRun === true);
      if (options.json) printJson(dropped);
      else print(describe(dropped));
    });
  return new Command('visitors').description('Drop the profiles of visitors.').addCommand(drop);
}

/** Returns a function that drops the profiles, by the running gateway or, if none runs, in the data folder itself. */
async function createDropper(options: Options): Promise<(dryRun: boolean) => Promise<DropResult>> {
  const { anonymousId, largerThan, config: file } = options;
  if ((anonymousId === undefined) === (largerThan === undefined))
    throw new ConveyError('No profile is selected', 'Use --anonymous-id or --larger-than');
  const bytes = largerThan === undefined ? 0 : parseSize(largerThan);
  const config = loadConfig(file);
  if (await isGatewayRunning(config)) {
    const which = anonymousId === undefined ? { largerThan: bytes } : { anonymousId };
    const ask = connectToGateway(config);
    const site = await selectSite(ask, options);
    return (dryRun) => ask('POST /api/sites/:site/visitors/drop', { site }, { ...which, dryRun });
  }
  if (config.store !== undefined) throw new ConveyError('No gateway is running', 'Start it with `convey start`');
  const which = anonymousId === undefined ? { largerThan: bytes } : { visitor: anonymousId };
  return async (dryRun) => ({ dryRun, ...(await dropProfiles(config.dataDir, options.site, which, dryRun)) });
}

const units: Readonly<Record<string, number>> = { '': 1, B: 1, KiB: 1_024, MiB: 1_024 * 1_024 };

function parseSize(size: string): number {
  const [, count, unit = ''] = /^(\d{1,12})\s*(B|KiB|MiB)?$/.exec(size.trim()) ?? [];
  const factor = units[unit];
  if (count === undefined || factor === undefined)
    throw new ConveyError('The --larger-than is not a size', 'Use a whole number of bytes, KiB or MiB, such as 64KiB');
  return Number(count) * factor;
}

function describe({ dryRun, profiles, bytes }: DropResult): string {
  if (profiles === 0) return 'No profile matches.';
  const what = `${formatCount(profiles, 'profile')} of ${Math.ceil(bytes / 1_024)} KiB`;
  if (dryRun) return `${what} would be dropped. Nothing was dropped.`;
  return `${what} dropped. Events and consent choices stay.`;
}
