import { Command, Option } from 'commander';
import { ConveyError } from '../errors.ts';
import type { Simulator, SimulatorOption } from '../simulators/kit/simulator.ts';
import { metaSimulator } from '../simulators/meta/meta-simulator.ts';
import type { Goal } from '../simulators/microsoft/journal/event-goals.ts';
import { dedupPolicies, defaults, type Preset, presets, type Settings } from '../simulators/microsoft/settings.ts';
import { type MicrosoftSimulatorOptions, startMicrosoftSimulator } from '../simulators/microsoft/simulator.ts';
import { runUntilSignal } from './start.ts';
import { print } from './terminal.ts';

interface SimulateOptions {
  readonly port: number;
  readonly token?: Record<string, string>;
  readonly goal?: readonly Goal[];
  readonly preset?: Preset;
  /** Seconds. */
  readonly dedupWindow: number;
  readonly dedupPolicy: Settings['dedupPolicy'];
}

export function simulate(): Command {
  const microsoft = new Command('microsoft')
    .description(
      "Simulate Microsoft's Conversions API and UET tag on this machine: the same rules and responses, a journal, goals and configurable faults.",
    )
    .option('-p, --port <port>', 'the port to listen on; 0 for any free port', readPort, 9090)
    .option('--token <tag=token>', 'a tag and the token that it accepts; repeatable (default: any tag and token)', collectTokens)
    .option(
      '--goal <name=action>',
      'an Event goal and the action that it counts; repeatable (default: purchase, add_to_cart, begin_checkout, lead, sign_up)',
      collectGoals,
    )
    .addOption(
      new Option('--preset <preset>', 'how to handle cases that Microsoft does not document').choices(Object.keys(presets)),
    )
    .option(
      '--dedup-window <seconds>',
      'how long after the first report of an event a duplicate is merged with it',
      readSeconds,
      defaults.dedupWindowMs / 1_000,
    )
    .addOption(
      new Option('--dedup-policy <policy>', 'which report counts for an event that was reported more than once')
        .choices(dedupPolicies)
        .default(defaults.dedupPolicy),
    )
    .action(async ({ port, token, goal, preset, dedupWindow, dedupPolicy }: SimulateOptions) => {
      const options: MicrosoftSimulatorOptions = {
        port,
        ...(token && { tokens: token }),
        ...(goal && { goals: goal }),
        ...(preset && { preset }),
        overrides: { dedupWindowMs: dedupWindow * 1_000, dedupPolicy },
      };
      const simulator = await startMicrosoftSimulator(options).catch((error: unknown) => throwCannotListen(port, error));
      print(`Microsoft simulator at ${simulator.url} (open it to see the received events)`);
      print(`Load ${simulator.url}/bat.js instead of the UET tag to see browser and server reports merged.`);
      print(`Set a connection's \`endpoint\` to ${simulator.url} and \`allowPrivateDestinations\` to true.`);
      await runUntilSignal(() => simulator.close());
    });
  const command = new Command('simulate').description("Simulate a platform's API. Without a platform: Microsoft's.");
  command.addCommand(microsoft, { isDefault: true });
  for (const simulator of [metaSimulator]) command.addCommand(createCommand(simulator));
  return command;
}

function createCommand({ id, name, description, options, start, usage }: Simulator): Command {
  const command = new Command(id)
    .description(description)
    .option('-p, --port <port>', 'the port to listen on; 0 for any free port', readPort, 9090);
  for (const option of options) command.addOption(createOption(option));
  return command.action(async ({ port, ...values }: { port: number } & Record<string, unknown>) => {
    const simulator = await start(port, values).catch((error: unknown) => throwCannotListen(port, error));
    print(`${name} simulator at ${simulator.url} (open it to see the received events)`);
    for (const line of usage(simulator.url)) print(line);
    await runUntilSignal(() => simulator.close());
  });
}

function createOption({ flags, description, read, invalid }: SimulatorOption): Option {
  const option = new Option(flags, description);
  if (read === undefined) return option;
  return option.argParser((text: string, previous: unknown) => {
    const value = read(text, previous);
    if (value !== undefined) return value;
    throw new ConveyError(
      invalid?.message ?? `The value of ${flags} is invalid`,
      invalid?.remedy ?? 'See `convey simulate --help`',
    );
  });
}

function throwCannotListen(port: number, error: unknown): never {
  throw new ConveyError(
    `Cannot listen on port ${port}: ${error instanceof Error ? error.message : String(error)}`,
    'Use another port with --port, or 0 for any free port',
  );
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new ConveyError('The --port is not a number from 0 to 65535', 'Use a port such as --port 9090');
  return port;
}

function readSeconds(text: string): number {
  if (!/^\d{1,8}$/.test(text))
    throw new ConveyError('The --dedup-window is not a whole number of seconds', 'Use a number such as --dedup-window 86400');
  return Number(text);
}

function collectTokens(text: string, before: Record<string, string> = {}): Record<string, string> {
  const [, tag, token] = /^(\d{1,20})=(\S+)$/.exec(text) ?? [];
  if (tag === undefined || token === undefined)
    throw new ConveyError('A --token is not TAG=TOKEN', 'Use the form --token 187012345=your-token');
  return { ...before, [tag]: token };
}

function collectGoals(text: string, before: readonly Goal[] = []): readonly Goal[] {
  const [, name, action] = /^([^=]{1,100})=(.{1,100})$/.exec(text)?.map((part) => part.trim()) ?? [];
  if (!name || !action || before.some((goal) => goal.name === name))
    throw new ConveyError('A --goal is not NAME=ACTION, or repeats a name', 'Use the form --goal Purchase=purchase');
  return [...before, { name, action }];
}
