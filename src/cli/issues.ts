import { styleText } from 'node:util';
import { Command } from 'commander';
import type { ReportedIssue } from '../api/client.ts';
import { ConveyError } from '../errors.ts';
import { formatCount } from '../event/format-numbers.ts';
import { dayMs, hourMs, minuteMs } from '../event/units.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { jsonOption, printJson } from './json-option.ts';
import { print } from './terminal.ts';
import { money, sanitizeForTerminal, table, time } from './terminal-output.ts';

const colours = { urgent: 'red', warning: 'yellow', note: 'dim' } as const satisfies Record<ReportedIssue['severity'], string>;
const idHelp = 'the id of the issue, as `convey issues` prints it';

export function issues(): Command {
  const list = new Command('list')
    .description('List the issues, the worst first. `convey issues` alone does the same.')
    .option('--state <state>', 'only issues that are open, acknowledged, snoozed or resolved')
    .option('-s, --site <id>', 'only this site')
    .option(...configOption)
    .option(...jsonOption)
    .action(async ({ config, json, state, site }: ListOptions) => {
      const listed = await connect({ config })('GET /api/issues', {
        ...(state !== undefined && { state: parseState(state) }),
        ...(site !== undefined && { site }),
      });
      if (json) printJson(listed);
      else print(listed.length === 0 ? 'No issues.' : describe(listed));
    });
  const decide = (name: string, description: string) =>
    new Command(name)
      .description(description)
      .argument('<id>', idHelp)
      .option(...configOption);
  const acknowledge = decide('acknowledge', 'Mark an issue as seen. It is open again if it worsens, or ends and returns.').action(
    async (issue: string, options: ConfigOption) => {
      const { title } = await connect(options)('POST /api/issues/:issue/acknowledge', { issue });
      printDone(title, 'is acknowledged until it worsens, or ends and returns');
    },
  );
  const snooze = decide('snooze', 'Silence an issue for some time, or until it worsens.')
    .requiredOption('--for <time>', 'such as 30m, 4h or 3d; at most 30d')
    .action(async (issue: string, options: ConfigOption & { for: string }) => {
      const minutes = parseMinutes(options.for);
      const { title, snoozedUntil } = await connect(options)('POST /api/issues/:issue/snooze', { issue }, { minutes });
      printDone(title, snoozedUntil === undefined ? 'is open again' : `is snoozed until ${time(snoozedUntil)} UTC`);
    });
  const assign = decide('assign', 'Assign an issue to an account. Without an account: to nobody. No message is sent.')
    .argument('[account]', 'the name of an account that sees the issue')
    .action(async (issue: string, account: string | undefined, options: ConfigOption) => {
      const body = account === undefined ? {} : { account };
      const { title, assignee } = await connect(options)('POST /api/issues/:issue/assign', { issue }, body);
      printDone(title, assignee === undefined ? 'is assigned to nobody' : `is assigned to ${assignee}`);
    });
  const open = decide('open', 'End the acknowledgement and the snooze of an issue.').action(
    async (issue: string, options: ConfigOption) => {
      const { title } = await connect(options)('POST /api/issues/:issue/open', { issue });
      printDone(title, 'is open');
    },
  );
  return new Command('issues')
    .description('List the issues, or decide about one. The gateway must run.')
    .addCommand(list, { isDefault: true })
    .addCommand(acknowledge)
    .addCommand(snooze)
    .addCommand(assign)
    .addCommand(open);
}

interface ConfigOption {
  readonly config: string;
}

interface ListOptions extends ConfigOption {
  readonly json?: true;
  readonly state?: string;
  readonly site?: string;
}

const states: readonly ReportedIssue['state'][] = ['open', 'acknowledged', 'snoozed', 'resolved'];

function parseState(text: string): ReportedIssue['state'] {
  const state = states.find((one) => one === text);
  if (state === undefined) throw new ConveyError('There is no such state of issues', `Use ${states.join(', ')}`);
  return state;
}

const units: Readonly<Partial<Record<string, number>>> = { m: minuteMs, h: hourMs, d: dayMs };
const maxSnoozeMs = 30 * dayMs;

/** Parses a length of time such as `30m`, `4h` or `3d`. @throws ConveyError */
export function parseMinutes(text: string): number {
  const [, amount = '0', unit = ''] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const ms = Number(amount) * (units[unit] ?? 0);
  if (ms < minuteMs || ms > maxSnoozeMs)
    throw new ConveyError('--for is no length of time of 1 minute to 30 days', 'Use a number and a unit, such as 30m, 4h or 3d');
  return ms / minuteMs;
}

function connect({ config }: ConfigOption) {
  return connectToGateway(loadConfig(config));
}

function printDone(title: string, result: string): void {
  print(`${sanitizeForTerminal(`“${title}” ${result}`, 400)}.`);
}

function describe(listed: readonly ReportedIssue[]): string {
  const [worst] = listed;
  const rows = listed.map(
    ({ severity, site = '–', connection = '–', since, isFound, events, isUncounted, money: amounts, title, state, id }) => [
      styleText(
        Object.hasOwn(colours, severity) ? colours[severity] : 'dim',
        state === 'open' ? severity : `${severity}, ${state}`,
      ),
      site,
      connection,
      `${isFound ? 'found ' : ''}${time(since).slice(0, 16)}`,
      isUncounted ? 'not counted' : events === 0 ? '–' : events.toLocaleString('en-GB'),
      amounts.map(({ amount, currency }) => money(amount, currency)).join(' + ') || '–',
      sanitizeForTerminal(title, 120),
      id,
    ],
  );
  const list = table(['severity', 'site', 'connection', 'since (UTC)', 'events', 'money', 'title', 'id'], rows);
  if (!worst) return list;
  const { siteName, sentence, remedy } = worst;
  const head = `${siteName === undefined ? '' : `${siteName}: `}${sentence}${remedy === undefined ? '' : ` ${remedy}`}`;
  return `${formatCount(listed.length, 'issue')}. The worst: ${sanitizeForTerminal(head, 900)}\n\n${list}`;
}
