import type { UnixMs } from '../../event/units.ts';

/** The spool of one process: the events that it accepted while the database was away. */
export interface StoreSpool {
  /** The id of the process. */
  readonly node: string;
  readonly host: string;
  /** How long the spool has been empty. Absent if it is not. */
  readonly emptyForMs?: number;
  /** A time of the store before this state was read. Absent if the process accepts no events yet. */
  readonly asOf?: UnixMs;
}

/** A spool as its process reported it last. */
export interface ReportedSpool {
  readonly node: string;
  readonly host: string;
  readonly isEmpty: boolean;
  readonly seenAt: UnixMs;
}

/** The spools of the processes that share the store. Times are those of the store's clock. */
export interface SpoolStore {
  /**
   * Records the state of a spool. Each process does so before it accepts events, and each second while it can. Returns the store's time, for
   * the next report.
   */
  reportSpool(spool: StoreSpool): Promise<UnixMs>;
  /** Removes the spool of a process that has stopped with an empty one, or whose disk is lost. Returns false if there is none. */
  removeSpool(node: string): Promise<boolean>;
  /** Lists all spools by host. */
  listSpools(): Promise<readonly ReportedSpool[]>;
  /** Returns the store's time. */
  readTime(): Promise<UnixMs>;
  /**
   * Lists the hosts whose spools may hold events that were accepted before `at`: the spool was not empty since then, or its process has
   * reported no state from after it. A spool whose process has reported nothing for `forgetMs` is left out: its events have expired.
   */
  listOpenSpools(at: UnixMs, forgetMs: number): Promise<readonly string[]>;
}
