import type { RunningServer } from '../start-server.ts';

/** An option of `convey simulate <id>`, in addition to `--port`. */
export interface SimulatorOption {
  /** Such as `--token <dataset=token>`. */
  readonly flags: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly defaultValue?: string | number;
  readonly parse?: {
    /** Returns the value, or undefined for an invalid text. `before` is the value of an earlier occurrence. */
    readonly read: (text: string, before: unknown) => unknown;
    /** The problem and the remedy, if the text is invalid. Neither repeats the text, which can be a secret. */
    readonly message: string;
    readonly remedy: string;
  };
}

/** A simulator as the command line starts it. */
export interface Simulator {
  readonly id: string;
  /** Name of the platform, such as `Meta`. */
  readonly name: string;
  /** One sentence for `--help`. */
  readonly description: string;
  readonly options: readonly SimulatorOption[];
  /** Starts the simulator. `values` are those of the options by name, in camel case. */
  start(port: number, values: Readonly<Record<string, unknown>>): Promise<RunningServer>;
  /** Returns the lines that explain how to use a running simulator. */
  usage(url: string): readonly string[];
}
