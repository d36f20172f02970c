import { describe, expect, it } from 'vitest';
import { createSteppedClock } from '../clock/stepped-clock.ts';
import type { Json } from '../event/issue.ts';
import { type Command, type CommandStore, CommandTimeoutError, commandValidMs } from '../storage/ports/commands.ts';
import type { ConnectionControls } from './delivery.ts';
import { createRemoteControls, executeCommands, sendCommand } from './remote-controls.ts';

/** The commands of a store. They stay valid. */
class MemoryCommands implements CommandStore {
  readonly #open: Command[] = [];
  readonly #answers = new Map<string, Json>();

  async addCommand(command: Command): Promise<void> {
    // A database keeps the JSON alone.
    this.#open.push(JSON.parse(JSON.stringify(command)));
  }

  async listOpenCommands(): Promise<readonly Command[]> {
    return [...this.#open];
  }

  async takeCommand(id: string): Promise<boolean> {
    const at = this.#open.findIndex((command) => command.id === id);
    if (at >= 0) this.#open.splice(at, 1);
    return at >= 0;
  }

  withdrawCommand(id: string): Promise<boolean> {
    return this.takeCommand(id);
  }

  async answerCommand(id: string, answer: Json): Promise<void> {
    this.#answers.set(id, answer);
  }

  async getCommandAnswer(id: string): Promise<Json | undefined> {
    return this.#answers.get(id);
  }
}

const accepted = { state: 'accepted', says: 'The platform accepts the credential.' } as const;

describe('the controls of a connection that another process runs', () => {
  const done: Json[] = [];
  const record =
    <Result>(name: string, result: Result) =>
    async (...parameters: unknown[]): Promise<Result> => {
      done.push([name, ...parameters.map((one) => JSON.parse(JSON.stringify(one ?? null)))]);
      return result;
    };
  const running: ConnectionControls = {
    pause: record('pause', undefined),
    resume: record('resume', undefined),
    probe: record('probe', accepted),
    replays: {
      replay: record('replay', 7),
      endReplay: record('endReplay', true),
      resend: record('resend', { eligible: 1, 'awaiting-verdict': 1 }),
      retryDeadLetters: record('retryDeadLetters', { gone: 2 }),
      dropDeadLetters: record('dropDeadLetters', 3),
    },
  };
  const clock = createSteppedClock(0);
  const commands = new MemoryCommands();
  let ids = 0;
  const deps = { commands, clock, newId: () => `command-${++ids}` };
  const controls = createRemoteControls('shop', 'bing', deps);
  /** Passes time until a command has its result, while a process answers commands. */
  const settle = async <Result>(
    result: Promise<Result>,
    runs: (site: string) => boolean = (site) => site === 'shop',
  ): Promise<Result> => {
    let isSettled = false;
    const end = () => {
      isSettled = true;
    };
    result.then(end, end);
    const target = {
      ownsSite: () => true,
      runs,
      control: (_: string, connection: string) => (connection === 'bing' ? running : undefined),
      handOver: async () => undefined,
    };
    for (let turns = 0; !isSettled && turns < 1_000; turns += 1) {
      await executeCommands(commands, target, (error) => expect.unreachable(String(error)));
      await new Promise(setImmediate);
      clock.moveTo(clock.now() + 100);
    }
    return result;
  };

  it('run each operation in that process, with its parameters and its result', async () => {
    const { replays } = controls;
    expect([
      await settle(controls.pause('anna')),
      await settle(controls.resume()),
      await settle(controls.probe()),
      await settle(replays.replay({ since: 1, until: 2, again: true })),
      await settle(replays.endReplay()),
      await settle(replays.resend(['a', 'b'], false)),
      await settle(replays.retryDeadLetters('all')),
      await settle(replays.dropDeadLetters(['c'])),
    ]).toEqual([undefined, undefined, accepted, 7, true, { eligible: 1, 'awaiting-verdict': 1 }, { gone: 2 }, 3]);
    expect(done.splice(0)).toEqual([
      ['pause', 'anna'],
      ['resume'],
      ['probe'],
      ['replay', { since: 1, until: 2, again: true }],
      ['endReplay'],
      ['resend', ['a', 'b'], false],
      ['retryDeadLetters', 'all'],
      ['dropDeadLetters', ['c']],
    ]);
  });

  it('wait until the consumers of a site that a process has just taken have started', async () => {
    let rounds = 0;
    const runs = () => {
      rounds += 1;
      return rounds > 3;
    };
    expect(await settle(controls.probe(), runs)).toEqual(accepted);
    expect([rounds, done.splice(0)]).toEqual([4, [['probe']]]);
  });

  it('answer a probe of an earlier version as it expects, and read its answer', async () => {
    expect(await settle(sendCommand('shop', { do: 'probe', connection: 'bing' }, deps))).toBe('ok');
    done.splice(0);
    const earlier = createRemoteControls('shop', 'bing', {
      ...deps,
      commands: {
        ...{ addCommand: async () => undefined, withdrawCommand: async () => true, listOpenCommands: async () => [] },
        ...{ takeCommand: async () => false, answerCommand: async () => undefined },
        getCommandAnswer: async () => ({ result: 'The token is not accepted.' }),
      },
    });
    expect(await earlier.probe()).toEqual({ state: 'unverified', says: 'The token is not accepted.' });
  });

  it('report the error of an operation', async () => {
    await expect(settle(createRemoteControls('shop', 'other', deps).pause())).rejects.toThrow(
      'the connection other does not run',
    );
  });

  it('withdraw a command when no process takes it in time', async () => {
    const startedAt = clock.now();
    const isRefused = settle(controls.pause(), () => false).catch((error: unknown) => error);
    expect(await isRefused).toEqual(expect.objectContaining({ constructor: CommandTimeoutError, hasBegun: false }));
    expect(clock.now() - startedAt).toBeGreaterThanOrEqual(commandValidMs);
    expect([await commands.listOpenCommands(), done]).toEqual([[], []]);
  });

  it.each([-1, 1])('wait as long for a command when the clock jumps by %s h', async (hours) => {
    let jumpMs = 0;
    const jumping = { ...clock, now: () => clock.now() + jumpMs };
    const startedAt = clock.monotonic();
    const refused = settle(createRemoteControls('shop', 'bing', { ...deps, clock: jumping }).pause(), () => false);
    // The command is stored, and its time runs.
    await new Promise(setImmediate);
    jumpMs = hours * 3_600_000;
    await expect(refused).rejects.toThrow(CommandTimeoutError);
    expect(clock.monotonic() - startedAt).toBeGreaterThanOrEqual(commandValidMs);
    expect(clock.monotonic() - startedAt).toBeLessThan(commandValidMs + 1_000);
  });
});
