import { Command, CommanderError } from 'commander';
import { ApiError } from '../api/client.ts';
import { ConveyError } from '../errors.ts';
import { version } from './cli-context.ts';
import { explainApiError } from './explain-api-error.ts';
import { currentTerminal, runInTerminal, type Terminal } from './terminal.ts';
import { printError } from './terminal-output.ts';
import { explainUsageError } from './usage-error.ts';

/** The groups of commands in the help text, in their order. Each command loads its own code. */
const groups: Readonly<Record<string, Readonly<Record<string, () => Promise<Command>>>>> = {
  'Set up and try': {
    start: async () => (await import('./start.ts')).start(),
    demo: async () => (await import('./demo.ts')).demo(),
    check: async () => (await import('./check.ts')).check(),
    simulate: async () => (await import('./simulate.ts')).simulate(),
    shopify: async () => (await import('./shopify.ts')).shopify(),
    'send-test': async () => (await import('./send-test.ts')).sendTest(),
  },
  'Events and delivery': {
    events: async () => (await import('./events.ts')).events(),
    event: async () => (await import('./event.ts')).event(),
    connections: async () => (await import('./connections.ts')).connections(),
    'dead-letters': async () => (await import('./dead-letters.ts')).deadLetters(),
    import: async () => (await import('./import.ts')).importFile(),
    replay: async () => (await import('./replay.ts')).replay(),
    rules: async () => (await import('./rules.ts')).rules(),
  },
  'Personal data': {
    erase: async () => (await import('./erase.ts')).erase(),
    export: async () => (await import('./export.ts')).exportPerson(),
    exports: async () => (await import('./export.ts')).exports(),
    visitors: async () => (await import('./visitors.ts')).visitors(),
  },
  Reports: {
    issues: async () => (await import('./issues.ts')).issues(),
    alerts: async () => (await import('./alerts.ts')).alerts(),
    'match-quality': async () => (await import('./match-quality.ts')).matchQuality(),
    accuracy: async () => (await import('./accuracy.ts')).accuracy(),
    consent: async () => (await import('./consent.ts')).consent(),
    microsoft: async () => (await import('./microsoft.ts')).microsoft(),
  },
  Administration: {
    accounts: async () => (await import('./accounts.ts')).accounts(),
    activity: async () => (await import('./activity.ts')).activity(),
    keys: async () => (await import('./keys.ts')).keys(),
    secrets: async () => (await import('./secrets.ts')).secrets(),
    backup: async () => (await import('./backup.ts')).backup(),
    restore: async () => (await import('./restore.ts')).restore(),
    migrate: async () => (await import('./migrate.ts')).migrate(),
    spool: async () => (await import('./spool.ts')).spool(),
    completion: async () => (await import('./completion.ts')).completion(() => createProgram(currentTerminal(), 'help')),
  },
};

/** Runs one command to its end and returns its exit code. The error message, if any, goes to the terminal's stderr. */
export function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  let command: Command | undefined;
  return runInTerminal(terminal, async () => {
    try {
      const program = await createProgram(terminal, args[0]);
      program.hook('preAction', (_, action) => {
        command = action;
      });
      await program.parseAsync(requestHelp(program, args), { from: 'user' });
      return terminal.exitCode;
    } catch (error) {
      if (error instanceof CommanderError) return error.exitCode;
      printError(
        error instanceof ApiError
          ? explainApiError(error, command)
          : error instanceof ConveyError
            ? error.message
            : `Something went wrong inside Convey: ${error instanceof Error ? error.stack : String(error)}`,
      );
      return 1;
    }
  });
}

/** Returns the arguments, with `--help` if they are the name of a command that only has subcommands, and none of them by default. */
function requestHelp({ commands }: Command, args: readonly string[]): readonly string[] {
  const isGroup =
    args.length === 1 && commands.some((one) => one.name() === args[0] && one.commands.length > 0 && !hasDefault(one));
  return isGroup ? [...args, '--help'] : args;
}

/** Is true if one of the subcommands runs without its name. Commander has no public way to ask. */
function hasDefault(command: Command): boolean {
  return '_defaultCommandName' in command && typeof command._defaultCommandName === 'string';
}

async function createProgram({ stdout, stderr }: Terminal, name: string | undefined): Promise<Command> {
  const isNamed = name !== undefined && !/^(?:-c|--config)(?:=|$)/.test(name);
  const program = isNamed ? new Command('convey') : (await import('./next-step.ts')).nextStep();
  program
    .description(
      'Self-hosted conversion gateway. Receives the events of your shop and delivers each of them once to your ad platforms.',
    )
    .version(version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show the help')
    .addHelpCommand(
      new Command('help').argument('[command]').description('Show the help of a command').helpGroup('Administration:'),
    )
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) });
  reportUsageErrors(program, 'convey');
  if (!isNamed) return program;
  program.addHelpText('after', '\nRun `convey` without a command to see what to do next.');
  for (const [heading, command] of await loadGrouped(name)) addCommand(program, command, heading);
  return program;
}

/** Loads the named command. If no command has the name, loads all, for the help text, for suggestions and for the reference. */
export async function loadCommands(name = ''): Promise<Command[]> {
  return (await loadGrouped(name)).map(([, command]) => command);
}

/** Loads the same commands as `loadCommands`, each with the heading of its group. */
function loadGrouped(name: string): Promise<(readonly [string, Command])[]> {
  const all = Object.entries(groups).flatMap(([heading, commands]) =>
    Object.entries(commands).map(([own, load]) => ({ heading, own, load })),
  );
  const chosen = all.some(({ own }) => own === name) ? all.filter(({ own }) => own === name) : all;
  return Promise.all(chosen.map(async ({ heading, load }) => [heading, await load()] as const));
}

/** Adds a command. It and its subcommands report errors and exit as the program does. */
function addCommand(program: Command, command: Command, heading: string): void {
  program.addCommand(command.copyInheritedSettings(program).helpGroup(`${heading}:`));
  command.summary(getFirstSentence(command.description()));
  reportUsageErrors(command, `convey ${command.name()}`);
  for (const subcommand of command.commands) {
    subcommand.copyInheritedSettings(program).summary(getFirstSentence(subcommand.description()));
    reportUsageErrors(subcommand, `convey ${command.name()} ${subcommand.name()}`);
  }
}

/** Makes a command print its usage errors in Convey's form. */
function reportUsageErrors(command: Command, name: string): void {
  command.configureOutput({ outputError: (text) => printError(explainUsageError(text, name)) });
}

function getFirstSentence(text: string): string {
  return /^.*?\.(?= |$)/s.exec(text)?.[0].slice(0, -1) ?? text;
}
