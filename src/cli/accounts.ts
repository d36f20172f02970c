import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  type Access,
  accountNameRule,
  formatRoles,
  isAccountName,
  normalizeAccountName,
  type Role,
  siteRoles,
} from '../api/client.ts';
import { ConveyError } from '../errors.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { jsonOption, printJson } from './json-option.ts';
import { currentTerminal, print } from './terminal.ts';
import { sanitizeForTerminal, table, time } from './terminal-output.ts';

export function accounts(): Command {
  const list = new Command('list')
    .description('List the accounts of the dashboard.')
    .option(...configOption)
    .option(...jsonOption)
    .action(async (options: { config: string; json?: true }) => {
      const list = await connectToGateway(loadConfig(options.config))('GET /api/accounts');
      if (options.json) return printJson(list);
      if (list.length === 0) return print('No accounts. Create the first with `convey accounts add NAME --role owner`.');
      const rows = list.map((account) => [sanitizeForTerminal(account.name), formatRoles(account), time(account.createdAt)]);
      print(table(['name', 'role', 'since (UTC)'], rows));
    });
  const add = new Command('add')
    .description('Create an account. Prompts for the password, or reads it from stdin.')
    .argument('<name>', 'the account name: letters, digits and . _ @ + -', readAccountName)
    .addOption(createRoleOption())
    .addOption(createSiteOption())
    .option(...configOption)
    .action(async (name: string, options: RoleOptions) => {
      const ask = connectToGateway(loadConfig(options.config));
      await ask('POST /api/accounts', {}, { name, ...toAccess(options), password: await readPassword() });
      print(`${sanitizeForTerminal(normalizeAccountName(name))} can now sign in.`);
    });
  const invite = new Command('invite')
    .description('Print an invitation link, with which one person creates an account.')
    .addOption(createRoleOption())
    .addOption(createSiteOption())
    .option('--note <text>', 'a note by which owners recognize the invitation', '')
    .addOption(new Option('--hours <n>', 'the time until the link expires').argParser(parseHours).default(72))
    .option(...configOption)
    .action(async (options: RoleOptions & { note: string; hours: number }) => {
      const ask = connectToGateway(loadConfig(options.config));
      const { dashboardUrl } = await ask('GET /api/status');
      const body = { ...toAccess(options), label: options.note, hours: options.hours };
      const { path, expiresAt } = await ask('POST /api/invitations', {}, body);
      print(`Send this link only to the invited person. It works once, until ${time(expiresAt)} UTC, and is not shown again.`);
      if (dashboardUrl === undefined) print('Put the address that `convey start` printed before it.');
      print(`\n${dashboardUrl ?? ''}${path}`);
    });
  const reset = new Command('reset-password')
    .description('Set a new password. Ends all sessions of the account. Prompts for the password, or reads it from stdin.')
    .argument('<name>', 'the account name')
    .option(...configOption)
    .action(async (name: string, options: { config: string }) => {
      const ask = connectToGateway(loadConfig(options.config));
      await ask('PATCH /api/accounts/:name', { name }, { password: await readPassword() });
      print('Password changed. All sessions of the account have ended.');
    });
  const remove = new Command('remove')
    .description('Remove an account. Its sessions end.')
    .argument('<name>', 'the account name')
    .option(...configOption)
    .action(async (name: string, options: { config: string }) => {
      await connectToGateway(loadConfig(options.config))('DELETE /api/accounts/:name', { name });
      print('Account removed. Its sessions have ended.');
    });
  return new Command('accounts')
    .description('Manage the accounts of the dashboard. The gateway must run.')
    .addCommand(list)
    .addCommand(add)
    .addCommand(invite)
    .addCommand(reset)
    .addCommand(remove);
}

interface RoleOptions {
  readonly config: string;
  readonly role: Role;
  readonly site?: Access['sites'];
}

function createRoleOption(): Option {
  return new Option('--role <role>', 'the role on all sites').choices([...siteRoles]).default('viewer');
}

function createSiteOption(): Option {
  return new Option('--site <site=role>', 'a role on one site instead, such as shop=editor (repeatable)')
    .argParser(addSiteRole)
    .conflicts('role');
}

function toAccess({ role, site }: RoleOptions) {
  return site ? ({ role: 'per-site', sites: site } as const) : { role };
}

/** Checks the name before the password is asked for. */
function readAccountName(text: string): string {
  if (isAccountName(text)) return text;
  throw new InvalidArgumentError(`Must be ${accountNameRule}.`);
}

function parseHours(text: string): number {
  const hours = Number(text);
  if (Number.isInteger(hours) && hours >= 1 && hours <= 720) return hours;
  throw new InvalidArgumentError('Must be 1 to 720 hours.');
}

/** Adds the role of one `--site` to those of the options before it. */
function addSiteRole(text: string, before: Access['sites'] = []): Access['sites'] {
  const [, site = '', name] = /^(.+)=(\w+)$/.exec(text) ?? [];
  const role = siteRoles.find((one) => one === name);
  if (role === undefined) throw new InvalidArgumentError(`Write a site's id and one of ${siteRoles.join(', ')}: shop=editor.`);
  return [...before, { site, role }];
}

/** Reads the password from a prompt or stdin. Arguments would show it in the process list and the shell's history. */
async function readPassword(): Promise<string> {
  const { stdin } = currentTerminal();
  if (!stdin.isTTY) return (await text(stdin)).replace(/\r?\n$/, '');
  const password = await promptHidden('Password: ');
  if (password === (await promptHidden('Repeat the password: '))) return password;
  throw new ConveyError('The two passwords differ, so nothing was changed', 'Run the command again');
}

async function promptHidden(question: string): Promise<string> {
  const { stdin, stderr } = currentTerminal();
  stderr.write(question);
  const noEcho = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: stdin, output: noEcho, terminal: true });
  reader.once('SIGINT', () => process.exit(130));
  const answer = await reader.question('');
  reader.close();
  stderr.write('\n');
  return answer;
}
