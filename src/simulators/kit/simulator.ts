import type { Hono } from 'hono';
import type { PlatformDemo } from './demo.ts';
import type { Fields } from './fields.ts';
import type { Env } from './http/routes.ts';
import type { JournalLimits } from './journal-store.ts';
import type { Tone } from './page/page-elements.ts';

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

/** An event of the journal, for a comparison of platforms. */
export interface ComparedEvent {
  readonly eventId: string | null;
  /** The shop's order id, if the platform receives it beside the event id. Another platform may know the event by it. */
  readonly orderId?: string;
  readonly eventName: string;
  /** ISO 8601. The time of the first report. */
  readonly at: string;
  /** Such as `counted` or `no goal`. */
  readonly label: string;
  readonly tone: Tone;
  /** Whether the platform merged reports of browser and server. */
  readonly isMerged: boolean;
  /** Such as `125.4 USD`; empty if there is none. */
  readonly value: string;
  /** Why it counts, or why not. */
  readonly why: string;
  /** The server's reports: the events as the platform processed them, and the number of its warnings for each. */
  readonly server: readonly { readonly event: Fields; readonly warnings: number }[];
}

/** A simulator that listens on no port of its own. */
export interface SimulatorApp {
  readonly app: Hono<Env>;
  /** Changes whenever the journal changes. */
  getRevision(): string;
  listEvents(): readonly ComparedEvent[];
  /** Empties the journal. */
  clear(): void;
  /** Ends delayed responses. */
  close(): void;
}

/** A simulator as the command line starts it. */
export interface Simulator {
  readonly id: string;
  /** Name of the platform, such as `Meta`. */
  readonly name: string;
  /** One sentence for `--help`. */
  readonly description: string;
  readonly options: readonly SimulatorOption[];
  /** Paths of the platform's own API and browser tag. */
  readonly platformPaths: RegExp;
  /**
   * Creates the simulator.
   * @param values of the options by name, in camel case.
   * @param now returns milliseconds since 1970, by default of the machine's clock.
   * @param limits of the journal, by default `journalLimits`.
   */
  create(values: Readonly<Record<string, unknown>>, now?: () => number, limits?: JournalLimits): SimulatorApp;
  readonly demo: PlatformDemo;
  /** Returns the lines that explain how to use a running simulator. */
  usage(url: string): readonly string[];
}
