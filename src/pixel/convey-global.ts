import type { Command, CommandInputs, CommandResults } from './commands.ts';

/** The global of the snippet: first the queue of calls, then the pixel itself. A call returns undefined until the pixel has loaded. */
export interface Convey {
  <C extends Command>(command: C, ...input: CommandInputs[C]): CommandResults[C] | undefined;
  /** The calls that wait for the pixel. Their reader checks them: a page can queue anything. */
  q?: Iterable<[command: string, given: never, ...more: never[]]>;
  isLive?: boolean;
}

declare global {
  interface Window {
    get convey(): Convey | undefined;
    /** The snippet sets a queue, and the pixel itself a function of unchecked calls. */
    set convey(called: unknown);
  }
}
