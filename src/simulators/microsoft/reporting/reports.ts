const dayMs = 86_400_000;
/** Reports of one simulator that may wait at the same time (an assumption). */
const maxPending = 5;

interface Report {
  readonly accountId: string;
  /** Null: the report has no rows. */
  readonly csv: string | null;
  readonly expiresAt: number;
  /** A report is pending when it is first asked for (an assumption). */
  isPolled: boolean;
}

/** The reports that were asked for. Each is kept for a day. */
export class Reports {
  readonly #reports = new Map<string, Report>();
  #last = 0;

  /** Returns the id of a new report; undefined if too many wait. */
  add(accountId: string, csv: string | null, now: number): string | undefined {
    for (const [id, { expiresAt }] of this.#reports) if (expiresAt <= now) this.#reports.delete(id);
    if ([...this.#reports.values()].filter(({ isPolled }) => !isPolled).length >= maxPending) return undefined;
    this.#last += 1;
    const id = String(30_000_000_000 + this.#last);
    this.#reports.set(id, { accountId, csv, expiresAt: now + dayMs, isPolled: false });
    return id;
  }

  /** Returns the state of a report; undefined if it is unknown or over. */
  poll(accountId: string, id: string, now: number): 'pending' | 'ready' | 'no-rows' | undefined {
    const report = this.#reports.get(id);
    if (report === undefined || report.accountId !== accountId || report.expiresAt <= now) return undefined;
    const isFirst = !report.isPolled;
    report.isPolled = true;
    if (isFirst) return 'pending';
    return report.csv === null ? 'no-rows' : 'ready';
  }

  /** Returns the rows of a report that was ready. */
  read(id: string, now: number): string | undefined {
    const report = this.#reports.get(id);
    return report?.isPolled && report.expiresAt > now ? (report.csv ?? undefined) : undefined;
  }
}
