import { AsyncLocalStorage } from 'node:async_hooks';

/** The streams and the exit code of one command. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  exitCode: number;
}

const terminals = new AsyncLocalStorage<Terminal>();

/** Returns the terminal of the command that runs now, by default the terminal of this process. */
export function currentTerminal(): Terminal {
  return terminals.getStore() ?? getProcessTerminal();
}

/** Runs a command with these streams, so that commands can run in one process without sharing theirs. */
export function runInTerminal<T>(terminal: Terminal, command: () => T): T {
  return terminals.run(terminal, command);
}

/** Lets the command end with exit code 1 once it is done. */
export function fail(): void {
  currentTerminal().exitCode = 1;
}

/** Writes one line to stdout. */
export function print(text: string): void {
  currentTerminal().stdout.write(`${text}\n`);
}

/** Writes one line to stderr, for text that is not the command's result. */
export function printNotice(text: string): void {
  currentTerminal().stderr.write(`${text}\n`);
}

let processTerminal: Terminal | undefined;

/** Returns the terminal of this process. The process ends quietly when the reader of its output goes away, as with `head`. */
export function getProcessTerminal(): Terminal {
  if (processTerminal) return processTerminal;
  const { stdin, stdout, stderr } = process;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
  processTerminal = { stdin, stdout, stderr, exitCode: 0 };
  return processTerminal;
}
