import { Command, CommanderError } from 'commander';
import { ApiError } from '../api/client.ts';
import { ConveyError } from '../errors.ts';
import { accounts } from './accounts.ts';
import { accuracy } from './accuracy.ts';
import { backup } from './backup.ts';
import { check } from './check.ts';
import { version } from './cli-context.ts';
import { connections } from './connections.ts';
import { deadLetters } from './dead-letters.ts';
import { demo } from './demo.ts';
import { erase } from './erase.ts';
import { event, events } from './events.ts';
import { exportPerson, exports } from './export.ts';
import { matchQuality } from './match-quality.ts';
import { migrate } from './migrate.ts';
import { replay } from './replay.ts';
import { restore } from './restore.ts';
import { secrets } from './secrets.ts';
import { sendTest } from './send-test.ts';
import { simulate } from './simulate.ts';
import { start } from './start.ts';
import { runInTerminal, type Terminal } from './terminal.ts';
import { printError } from './terminal-output.ts';
import { visitors } from './visitors.ts';

/** Runs one command to its end and returns its exit code. The error message, if any, goes to the terminal's stderr. */
export function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  return runInTerminal(terminal, async () => {
    try {
      await createProgram(terminal).parseAsync(args, { from: 'user' });
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

function createProgram({ stdout, stderr }: Terminal): Command {
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
  for (const command of [
    start(),
    demo(),
    check(),
    simulate(),
    sendTest(),
    events(),
    event(),
    connections(),
    deadLetters(),
    replay(),
    erase(),
    exportPerson(),
    exports(),
    visitors(),
    matchQuality(),
    accuracy(),
    accounts(),
    secrets(),
    backup(),
    restore(),
    migrate(),
  ])
    addCommand(program, command);
  return program;
}

/** Adds a command. It and its subcommands report errors and exit as the program does. */
function addCommand(program: Command, command: Command): void {
  program.addCommand(command.copyInheritedSettings(program));
  for (const subcommand of command.commands) subcommand.copyInheritedSettings(program);
}
