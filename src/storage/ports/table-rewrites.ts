/** The sites whose erasures a rewrite has ended, and the tables that could not be rewritten, each with the error. */
export interface RewriteReport {
  readonly ended: readonly string[];
  readonly failed: readonly { readonly table: string; readonly error: unknown }[];
}

/**
 * Large tables that have earlier versions of erased rows. A rewrite of a table removes them, and stops its other users meanwhile. A
 * rewrite by another program, such as `pg_repack`, counts too.
 */
export interface TableRewriteStore {
  /** Returns the sites whose erasures have ended because all of their tables were rewritten. */
  settleRewrites(): Promise<readonly string[]>;
  /** Rewrites the tables one after another. When the signal is aborted, the rewrite that runs is undone. */
  rewriteTables(signal: AbortSignal): Promise<RewriteReport>;
}
