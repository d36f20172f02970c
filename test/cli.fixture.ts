import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { runCli } from '../src/cli/run-cli.ts';
import type { Terminal } from '../src/cli/terminal.ts';
import type { CommandResult } from './gateway.fixture.ts';

export interface CliInput {
  /** The text of stdin, which is not a terminal. Empty by default. */
  readonly stdin?: string;
}

/** Runs a CLI command to its end inside this process. Tests of signals, prompts and the binary itself use `runConveyProcess`. */
export async function convey(...args: readonly string[]): Promise<CommandResult> {
  return runConvey(args);
}

/** Parses the output of `--json`: one object per line. */
export function parseJsonLines(stdout: string) {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** Runs a CLI command like `convey`, with input. */
export function runConvey(args: readonly string[], input?: CliInput): Promise<CommandResult> {
  return captureOutput((terminal) => runCli(args, terminal), input);
}

/** Returns the output of a command that prints to this terminal, and resolves with its exit code. */
export async function captureOutput(
  run: (terminal: Terminal) => Promise<number>,
  { stdin = '' }: CliInput = {},
): Promise<CommandResult> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const printed = Promise.all([text(stdout), text(stderr)]);
  const code = await run({ stdin: Readable.from([stdin]), stdout, stderr, exitCode: 0 });
  stdout.end();
  stderr.end();
  const [out, err] = await printed;
  return { code, stdout: out, stderr: err };
}
