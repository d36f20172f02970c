import { Command, Option } from 'commander';
import { ConveyError } from '../errors.ts';
import type { Goal } from '../simulators/microsoft/journal/event-goals.ts';
import { dedupPolicies, defaults, type Preset, presets, type Settings } from '../simulators/microsoft/settings.ts';
import { type MicrosoftSimulatorOptions, startMicrosoftSimulator } from '../simulators/microsoft/simulator.ts';
import { stopSignal } from './start.ts';
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
      "Stand in for Microsoft's Conversions API and UET tag on this machine: the same rules and answers, a journal, goals and faults on demand.",
    )
    .option('-p, --port <port>', 'where to listen; 0 takes a free port', readPort, 9090)
    .option(
      '--token <tag=token>',
      'a tag and the token that it accepts; without any, every tag and token are accepted',
      collectTokens,
    )
    .option(
      '--goal <name=action>',
      'an Event goal and the action that it counts; may be given again. Without any: purchase, add_to_cart, begin_checkout, lead, sign_up',
      collectGoals,
    )
    .addOption(new Option('--preset <preset>', 'how to treat what Microsoft does not document').choices(Object.keys(presets)))
    .option(
      '--dedup-window <seconds>',
      'how long after the first report of an event another one is merged with it',
      readSeconds,
      defaults.dedupWindowMs / 1_000,
    )
    .addOption(
      new Option('--dedup-policy <policy>', 'whose report stands for an event that was told more than once')
        .choices(dedupPolicies)
        .default(defaults.dedupPolicy),
    )
    .action(async ({ port, token, goal, preset, dedupWindow, dedupPolicy }: SimulateOptions) => {
      const given: MicrosoftSimulatorOptions = {
        port,
        ...(token && { tokens: token }),
        ...(goal && { goals: goal }),
        ...(preset && { preset }),
        overrides: { dedupWindowMs: dedupWindow * 1_000, dedupPolicy },
      };
      const simulator = await startMicrosoftSimulator(given).catch((error: unknown) => {
        throw new ConveyError(
          `Cannot listen on port ${port}: ${error instanceof Error ? error.message : String(error)}`,
          'Name another with --port, or 0 for any',
        );
      });
      print(`Microsoft simulator at ${simulator.url} (open it to see what it received)`);
      print(`Load ${simulator.url}/bat.js in place of the UET tag to see browser and server copies merged.`);
      print(`Set a connection's \`endpoint\` to ${simulator.url} and \`allowPrivateDestinations\` to true.`);
      await stopSignal(() => simulator.close());
    });
  return new Command('simulate').description("Run a stand-in of a platform's side.").addCommand(microsoft);
}

function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new ConveyError('The port is not a number from 0 to 65535', 'Name one, such as --port 9090');
  return port;
}

function readSeconds(text: string): number {
  if (!/^\d{1,8}$/.test(text))
    throw new ConveyError('The --dedup-window is not a number of whole seconds', 'Name one, such as --dedup-window 86400');
  return Number(text);
}

function collectTokens(text: string, sofar: Record<string, string> = {}): Record<string, string> {
  const [, tag, token] = /^(\d{1,20})=(\S+)$/.exec(text) ?? [];
  if (tag === undefined || token === undefined)
    throw new ConveyError('A --token is not TAG=TOKEN', 'Write it as --token 187012345=your-token');
  return { ...sofar, [tag]: token };
}

function collectGoals(text: string, sofar: readonly Goal[] = []): readonly Goal[] {
  const [, name, action] = /^([^=]{1,100})=(.{1,100})$/.exec(text)?.map((part) => part.trim()) ?? [];
  if (!name || !action || sofar.some((goal) => goal.name === name))
    throw new ConveyError('A --goal is not NAME=ACTION, or its name was given before', 'Write it as --goal Purchase=purchase');
  return [...sofar, { name, action }];
}
