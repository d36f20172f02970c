import type { AdjustmentRow } from './adjustment-row.ts';

/** More adjustments than this are forgotten, the oldest first. */
const maxRows = 10_000;

/** The adjustments of online conversions that the campaign management API took. */
export class Adjustments {
  #rows: readonly AdjustmentRow[] = [];
  readonly #applied = new Map<string, AdjustmentRow>();
  #revision = 0;

  /** Changes with every change of the adjustments. */
  get revision(): number {
    return this.#revision;
  }

  /** Adds an adjustment that was taken. One with an outcome of its own changes nothing. The latest time wins (an assumption). */
  add(row: AdjustmentRow): void {
    this.#revision += 1;
    this.#rows = [...this.#rows, row].slice(-maxRows);
    if (row.outcome !== 'Success') return;
    const key = toKey(row.conversionName, row.transactionId);
    const before = this.#applied.get(key);
    if (before === undefined || Date.parse(before.adjustmentTime) <= Date.parse(row.adjustmentTime)) this.#applied.set(key, row);
  }

  /** Returns the adjustment that holds for the conversion of a goal. */
  find(conversionName: string, transactionId: string): AdjustmentRow | undefined {
    return this.#applied.get(toKey(conversionName, transactionId));
  }

  list(): readonly AdjustmentRow[] {
    return this.#rows;
  }

  clear(): void {
    this.#revision += 1;
    this.#rows = [];
    this.#applied.clear();
  }
}

const toKey = (name: string, transactionId: string): string => JSON.stringify([name.toLowerCase(), transactionId]);
