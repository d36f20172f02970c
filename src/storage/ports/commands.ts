import type { Json } from '../../event/issue.ts';

/** A command of an operator to the process that runs a site. */
export interface Command {
  readonly id: string;
  readonly site: string;
  /** The operation and its parameters. */
  readonly content: Json;
}

/** A command is executed only within this time: later its sender no longer expects it. */
export const commandValidMs = 10_000;

/** The process that runs the site did not answer in time. The message says whether it has begun. */
export class CommandTimeoutError extends Error {
  override readonly name = 'CommandTimeoutError';
  /** Whether the command may still be carried out. */
  readonly hasBegun: boolean;
  constructor(message: string, hasBegun: boolean) {
    super(message);
    this.hasBegun = hasBegun;
  }
}

/** The commands between the processes that share a store. An hour later they are removed. */
export interface CommandStore {
  addCommand(command: Command): Promise<void>;
  /** Lists the valid commands that no process has taken, the oldest first. */
  listOpenCommands(): Promise<readonly Command[]>;
  /** Takes a command. Returns false if another process was faster, or the command is no longer valid. */
  takeCommand(id: string): Promise<boolean>;
  /** Withdraws a command, so that no process takes it any more. Returns false if one has taken it. */
  withdrawCommand(id: string): Promise<boolean>;
  answerCommand(id: string, answer: Json): Promise<void>;
  /** Returns the answer of a command, if it has one. */
  getCommandAnswer(id: string): Promise<Json | undefined>;
}
