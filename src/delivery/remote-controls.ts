import { z } from 'zod';
import { type Clock, sleep } from '../clock/clock.ts';
import { errorMessage } from '../errors.ts';
import type { Json } from '../event/issue.ts';
import { type CredentialTest, settingsTestStates, settingsTestTexts } from '../event/settings-test.ts';
import { secondMs } from '../event/units.ts';
import { type CommandStore, CommandTimeoutError, commandValidMs } from '../storage/ports/commands.ts';
import type { ConnectionControls } from './delivery.ts';
import { requeueResults } from './replay/requeue.ts';

const pollMs = 100;

const connection = z.string();
const which = z.union([z.array(z.string()), z.literal('all')]);
/** `give`: release the site, because another process needs to run it. */
const commandSchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('give') }),
  z.object({ do: z.literal('pause'), connection, account: z.string().exactOptional() }),
  z.object({ do: z.enum(['resume', 'end-replay']), connection }),
  // A process of an earlier version knows no `withState`, and asks without it.
  z.object({ do: z.literal('probe'), connection, withState: z.literal(true).exactOptional() }),
  z.object({ do: z.literal('replay'), connection, since: z.number(), until: z.number(), again: z.boolean() }),
  z.object({ do: z.literal('resend'), connection, offsets: z.array(z.string()), again: z.boolean() }),
  z.object({ do: z.enum(['retry-dead-letters', 'drop-dead-letters']), connection, which }),
]);
export type RemoteCommand = z.output<typeof commandSchema>;

const answerSchema = z.union([z.object({ result: z.json() }), z.object({ error: z.string() })]);
/** Of an earlier version: `ok` or the problem. */
const probedSchema = z.union([
  z.object({ state: z.enum(settingsTestStates).exclude(['invalid']), says: z.string() }),
  z.string(),
]);
const countsSchema = z.partialRecord(z.enum(requeueResults), z.number());

export interface RemoteDeps {
  readonly commands: CommandStore;
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  readonly newId: () => string;
}

/** Sends a command to the process that runs a site, and returns its answer. @throws CommandTimeoutError */
export async function sendCommand(site: string, command: RemoteCommand, { commands, clock, newId }: RemoteDeps): Promise<Json> {
  const id = newId();
  await commands.addCommand({ id, site, content: command });
  for (const until = clock.monotonic() + commandValidMs; clock.monotonic() < until; ) {
    const answer = await commands.getCommandAnswer(id);
    if (answer !== undefined) {
      const parsed = answerSchema.parse(answer);
      if ('error' in parsed) throw new Error(parsed.error);
      return parsed.result;
    }
    await sleep(clock, pollMs);
  }
  const withinS = `within ${commandValidMs / secondMs} s`;
  const hasBegun = !(await commands.withdrawCommand(id));
  throw new CommandTimeoutError(
    hasBegun
      ? `the process that runs the site ${site} has begun, and did not finish ${withinS}`
      : `no process that runs the site ${site} took the command ${withinS}, and none will`,
    hasBegun,
  );
}

/** Returns the controls of a connection that another process runs. */
export function createRemoteControls(site: string, connection: string, deps: RemoteDeps): ConnectionControls {
  const send = (command: RemoteCommand) => sendCommand(site, command, deps);
  return {
    pause: async (account) => void (await send({ do: 'pause', connection, ...(account !== undefined && { account }) })),
    resume: async () => void (await send({ do: 'resume', connection })),
    probe: async () => toCredentialTest(probedSchema.parse(await send({ do: 'probe', connection, withState: true }))),
    replays: {
      replay: async (period) =>
        z.union([z.number(), z.literal('running')]).parse(await send({ do: 'replay', connection, ...period })),
      endReplay: async () => z.boolean().parse(await send({ do: 'end-replay', connection })),
      resend: async (offsets, again) =>
        countsSchema.parse(await send({ do: 'resend', connection, offsets: [...offsets], again })),
      retryDeadLetters: async (letters) =>
        countsSchema.parse(await send({ do: 'retry-dead-letters', connection, which: toWhich(letters) })),
      dropDeadLetters: async (letters) =>
        z.number().parse(await send({ do: 'drop-dead-letters', connection, which: toWhich(letters) })),
    },
  };
}

function toCredentialTest(probed: z.output<typeof probedSchema>): CredentialTest {
  if (typeof probed !== 'string') return probed;
  return probed === 'ok'
    ? { state: 'accepted', says: `${settingsTestTexts.accepted.sentence}.` }
    : { state: 'unverified', says: probed };
}

function toWhich(letters: readonly string[] | 'all'): string[] | 'all' {
  return letters === 'all' ? letters : [...letters];
}

/** The operations of this process on the sites that it runs. */
export interface CommandTarget {
  /** Whether this process alone may run the site. */
  ownsSite(site: string): boolean;
  /** Whether the site's consumers have started, or that of the connection. */
  runs(site: string, connection: string): boolean;
  control(site: string, connection: string): ConnectionControls | undefined;
  handOver(site: string): Promise<void>;
}

/** Takes the commands for the sites that this process runs, and answers each when it is done. */
export async function executeCommands(
  commands: CommandStore,
  target: CommandTarget,
  onFault: (error: unknown) => void,
): Promise<void> {
  for (const { id, site, content } of await commands.listOpenCommands()) {
    // A site that was just taken has no controls yet: its commands wait for the next round.
    const command = commandSchema.safeParse(content).data;
    const isReady = command && command.do !== 'give' ? target.runs(site, command.connection) : target.ownsSite(site);
    if (!isReady || !(await commands.takeCommand(id))) continue;
    // Runs in parallel, so one slow platform does not delay the rest.
    void run(site, content, target)
      .then((result) => commands.answerCommand(id, { result }))
      .catch((error: unknown) => commands.answerCommand(id, { error: errorMessage(error) }))
      .catch(onFault);
  }
}

async function run(site: string, content: Json, target: CommandTarget): Promise<Json> {
  const command = commandSchema.parse(content);
  if (command.do === 'give') {
    await target.handOver(site);
    return null;
  }
  const controls = target.control(site, command.connection);
  if (!controls) throw new Error(`the connection ${command.connection} does not run. Enable it first`);
  const { replays } = controls;
  switch (command.do) {
    case 'pause':
      await controls.pause(command.account);
      return null;
    case 'resume':
      await controls.resume();
      return null;
    case 'probe': {
      const { state, says } = await controls.probe();
      if (command.withState) return { state, says };
      return state === 'accepted' ? 'ok' : says;
    }
    case 'end-replay':
      return replays.endReplay();
    case 'replay': {
      const { since, until, again } = command;
      return replays.replay({ since, until, again });
    }
    case 'resend':
      return { ...(await replays.resend(command.offsets, command.again)) };
    case 'retry-dead-letters':
      return { ...(await replays.retryDeadLetters(command.which)) };
    case 'drop-dead-letters':
      return replays.dropDeadLetters(command.which);
  }
}
