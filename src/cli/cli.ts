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
import { printError } from './terminal-output.ts';
import { visitors } from './visitors.ts';

const program = new Command('convey')
  .description(
    "A self-hosted, first-party conversion gateway: a shop's events, hashed, enriched and delivered to the ad platforms, once each and none lost.",
  )
  .version(version)
  .showSuggestionAfterError()
  .exitOverride()
  .configureOutput({
    outputError: (text) =>
      printError(
        text
          .replace(/^error: /, '')
          .trimEnd()
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
]) {
  program.addCommand(command.copyInheritedSettings(program));
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode;
  else {
    printError(
      error instanceof ConveyError || error instanceof ApiError
        ? error.message
        : `Something went wrong inside Convey: ${error instanceof Error ? error.stack : String(error)}`,
    );
    process.exitCode = 1;
  }
}
