import { Command, Option } from 'commander';
import { ConveyError, describeListenError } from '../errors.ts';
import type { Simulator, SimulatorOption } from '../simulators/kit/simulator.ts';
import { simulators } from '../simulators/simulators.ts';
import { startServer } from '../simulators/start-server.ts';
import { runUntilSignal } from './end-on-signal.ts';
import { createPortOption } from './port-option.ts';
import { print } from './terminal.ts';

export function simulate(): Command {
  const command = new Command('simulate').description(
    "Run a simulated ad platform on this machine. It has the platform's API and browser tag, and a page with the received events.",
  );
  for (const simulator of simulators) command.addCommand(createCommand(simulator));
  return command;
}

function createCommand(simulator: Simulator): Command {
  const { id, name, description, options } = simulator;
  const command = new Command(id)
    .description(description)
    .addOption(createPortOption('-p, --port <port>', 'the port to listen on; 0 for any free port').default(9090));
  for (const option of options) command.addOption(createOption(option));
  return command.action(async ({ port, ...values }: { port: number } & Record<string, unknown>) => {
    const { app, close } = simulator.create(values);
    const server = await startServer(app, { host: '127.0.0.1', port }).catch((error: unknown) => throwCannotListen(port, error));
    // Before the address is printed, because whoever reads it may end the process at once.
    const running = runUntilSignal(() => {
      close();
      return server.close();
    });
    print(`${name} simulator at ${server.url} (open it to see the received events)`);
    for (const line of simulator.usage(server.url)) print(line);
    await running;
  });
}

function createOption({ flags, description, choices, defaultValue, parse }: SimulatorOption): Option {
  const option = new Option(flags, description);
  if (choices !== undefined) option.choices(choices);
  if (defaultValue !== undefined) option.default(defaultValue);
  if (parse === undefined) return option;
  return option.argParser((text: string, before: unknown) => {
    const value = parse.read(text, before);
    if (value === undefined) throw new ConveyError(parse.message, parse.remedy);
    return value;
  });
}

function throwCannotListen(port: number, error: unknown): never {
  throw new ConveyError(
    `Cannot listen on port ${port}: ${describeListenError(error)}`,
    'Use another port with --port, or 0 for any free port',
  );
}
