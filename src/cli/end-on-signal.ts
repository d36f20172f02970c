const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const;
type EndSignal = keyof typeof exitCodes;

const names = Object.keys(exitCodes) as EndSignal[];

function end(signal: NodeJS.Signals): never {
  process.exit(exitCodes[signal as EndSignal]);
}

/**
 * Makes SIGINT and SIGTERM end the process at once, in a start or a move of a folder, too. Only the first process of a container needs
 * this: the kernel ignores signals to it that it does not handle.
 */
export function endOnSignal(): void {
  for (const name of names) process.on(name, end);
}

/** Waits for SIGTERM or SIGINT, then runs `stop` and ends the process. A second signal ends the process immediately. */
export async function runUntilSignal(stop: (signal: NodeJS.Signals) => Promise<void>): Promise<void> {
  for (const name of names) process.off(name, end);
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    for (const name of names) process.once(name, resolve);
  });
  for (const name of names) process.on(name, () => process.exit(1));
  await stop(signal);
  process.exit(0);
}
