import { Command, CommanderError } from 'commander';
import { ApiError } from '../api/client.ts';
import { ConveyError } from '../errors.ts';
import { version } from './cli-context.ts';
import { runInTerminal, type Terminal } from './terminal.ts';
import { printError } from './terminal-output.ts';

/** The commands by name, in the order of the help text. Each loads the code of its own command. */
const loaders = new Map<string, () => Promise<Command>>([
  ['start', async () => (await import('./start.ts')).start()],
  ['demo', async () => (await import('./demo.ts')).demo()],
  ['check', async () => (await import('./check.ts')).check()],
  ['simulate', async () => (await import('./simulate.ts')).simulate()],
  ['send-test', async () => (await import('./send-test.ts')).sendTest()],
  ['events', async () => (await import('./events.ts')).events()],
  ['event', async () => (await import('./events.ts')).event()],
  ['connections', async () => (await import('./connections.ts')).connections()],
  ['dead-letters', async () => (await import('./dead-letters.ts')).deadLetters()],
  ['replay', async () => (await import('./replay.ts')).replay()],
  ['erase', async () => (await import('./erase.ts')).erase()],
  ['export', async () => (await import('./export.ts')).exportPerson()],
  ['exports', async () => (await import('./export.ts')).exports()],
  ['visitors', async () => (await import('./visitors.ts')).visitors()],
  ['match-quality', async () => (await import('./match-quality.ts')).matchQuality()],
  ['accuracy', async () => (await import('./accuracy.ts')).accuracy()],
  ['accounts', async () => (await import('./accounts.ts')).accounts()],
  ['secrets', async () => (await import('./secrets.ts')).secrets()],
  ['backup', async () => (await import('./backup.ts')).backup()],
  ['restore', async () => (await import('./restore.ts')).restore()],
  ['migrate', async () => (await import('./migrate.ts')).migrate()],
]);

/** Runs one command to its end and returns its exit code. The error message, if any, goes to the terminal's stderr. */
export function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  return runInTerminal(terminal, async () => {
    try {
      const program = await createProgram(terminal, args[0]);
      await program.parseAsync(args, { from: 'user' });
      return terminal.exitCode;
    } catch (error) {
      if (error instanceof CommanderError) return error.exitCode;
      printError(
        error instanceof ConveyError || error instanceof ApiError
          ? error.message
          : `Something went wrong inside Convey: ${error instanceof Error ? error.stack : String(error)}`,
      );
      return 1;
    }
  });
}

async function createProgram({ stdout, stderr }: Terminal, name: string | undefined): Promise<Command> {
  const program = new Command('convey')
    .description(
      'Self-hosted, first-party conversion gateway: accepts the events of a shop, hashes and enriches them, and delivers them to ad platforms. Every event once, none lost.',
    )
    .version(version)
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text) =>
        printError(
          text
            .replace(/^error: /, '')
            .replace(/\.?\s*$/, '')
            .concat('. See `convey --help`'),
        ),
    });
  for (const command of await loadCommands(name)) addCommand(program, command);
  return program;
}

/** Loads the named command. If no command has the name, loads all, for the help text and for suggestions. */
export function loadCommands(name = ''): Promise<Command[]> {
  const named = loaders.get(name);
  return Promise.all(named ? [named()] : [...loaders.values()].map((load) => load()));
}

/** Adds a command. It and its subcommands report errors and exit as the program does. */
function addCommand(program: Command, command: Command): void {
  program.addCommand(command.copyInheritedSettings(program));
  for (const subcommand of command.commands) subcommand.copyInheritedSettings(program);
}
