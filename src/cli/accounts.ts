import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Command, Option } from 'commander';
import type { Role } from '../api/client.ts';
import { ConveyError } from '../errors.ts';
import { configOption, connectToGateway, loadConfig } from './cli-context.ts';
import { currentTerminal, print } from './terminal.ts';
import { sanitizeForTerminal, table, time } from './terminal-output.ts';

export function accounts(): Command {
  const list = new Command('list')
    .description('Who may sign in to the dashboard.')
    .option(...configOption)
    .option('--json', 'print JSON')
    .action(async (options: { config: string; json?: true }) => {
      const known = await connectToGateway(loadConfig(options.config))('GET /api/accounts');
      if (options.json) return print(JSON.stringify(known, null, 2));
      if (known.length === 0) return print('Nobody has an account. Make the first with `convey accounts add NAME --role owner`.');
      const rows = known.map(({ name, role, createdAt }) => [sanitizeForTerminal(name), role, time(createdAt)]);
      print(table(['name', 'role', 'since (UTC)'], rows));
    });
  const add = new Command('add')
    .description('Let somebody sign in. Asks for the password, or reads it from stdin.')
    .argument('<name>', 'letters, digits and . _ @ + -')
    .addOption(new Option('--role <role>', 'owner or viewer').choices(['owner', 'viewer']).default('viewer'))
    .option(...configOption)
    .action(async (name: string, options: { config: string; role: Role }) => {
      const ask = connectToGateway(loadConfig(options.config));
      await ask('POST /api/accounts', {}, { name, role: options.role, password: await readPassword() });
      print(`${sanitizeForTerminal(name.trim().toLowerCase())} can sign in.`);
    });
  const reset = new Command('reset-password')
    .description('Set a new password and end the sessions. Asks for it, or reads it from stdin.')
    .argument('<name>', 'whose')
    .option(...configOption)
    .action(async (name: string, options: { config: string }) => {
      const ask = connectToGateway(loadConfig(options.config));
      await ask('PATCH /api/accounts/:name', { name }, { password: await readPassword() });
      print('The new password counts, and every session with the old one has ended.');
    });
  const remove = new Command('remove')
    .description('Remove an account and end its sessions.')
    .argument('<name>', 'whose')
    .option(...configOption)
    .action(async (name: string, options: { config: string }) => {
      await connectToGateway(loadConfig(options.config))('DELETE /api/accounts/:name', { name });
      print('The account is gone, and its sessions have ended.');
    });
  return new Command('accounts')
    .description('Who may sign in to the dashboard of a running gateway.')
    .addCommand(list)
    .addCommand(add)
    .addCommand(reset)
    .addCommand(remove);
}

/** Never an argument: those stand in the list of processes and in the shell's history. */
async function readPassword(): Promise<string> {
  const { stdin } = currentTerminal();
  if (!stdin.isTTY) return (await text(stdin)).replace(/\r?\n$/, '');
  const password = await askHidden('Password: ');
  if (password === (await askHidden('The same again: '))) return password;
  throw new ConveyError('The two passwords differ, so nothing was changed', 'Call it again');
}

async function askHidden(question: string): Promise<string> {
  const { stdin, stderr } = currentTerminal();
  stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const asking = createInterface({ input: stdin, output: nowhere, terminal: true });
  asking.once('SIGINT', () => process.exit(130));
  const answer = await asking.question('');
  asking.close();
  stderr.write('\n');
  return answer;
}
