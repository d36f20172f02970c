import type { Adjustment, UnattributedReason } from '../journal/adjustment-row.ts';

/** More rows than this are forgotten, the oldest first. */
const maxRows = 10_000;

/** An offline conversion as it was uploaded. */
export interface OfflineRow {
  readonly kind: 'conversion';
  /** ISO 8601. */
  readonly at: string;
  readonly accountId: string;
  readonly goalId: string | null;
  readonly conversionName: string;
  /** ISO 8601, as sent. */
  readonly conversionTime: string;
  /** 32 hexadecimal digits. */
  readonly clickId: string | null;
  readonly hashes: readonly string[];
  /** The counted value: that of the row, or that of its latest adjustment. */
  readonly value: number | null;
  readonly currency: string | null;
  /** Microsoft's answer does not tell it. */
  readonly outcome: 'Success' | UnattributedReason;
  readonly isRetracted: boolean;
}

/** An adjustment of an offline conversion. */
export interface OfflineAdjustmentRow extends Adjustment {
  readonly kind: 'adjustment';
  readonly at: string;
  readonly accountId: string;
  readonly goalId: string | null;
  readonly conversionTime: string;
  readonly clickId: string | null;
  readonly hashes: readonly string[];
  readonly outcome: 'Success' | UnattributedReason;
}

/** The members by which an offline conversion is recognized. */
export type ConversionKey = Pick<OfflineRow, 'accountId' | 'conversionName' | 'conversionTime' | 'clickId' | 'hashes'>;

/** The offline conversions and their adjustments that the API took. */
export class OfflineConversions {
  #rows: readonly (OfflineRow | OfflineAdjustmentRow)[] = [];
  #revision = 0;

  /** Changes with every change of the rows. */
  get revision(): number {
    return this.#revision;
  }

  add(row: OfflineRow | OfflineAdjustmentRow): void {
    this.#revision += 1;
    this.#rows = [...this.#rows, row].slice(-maxRows);
  }

  /** Returns the conversion that an upload repeats: that of the same name, time and click id or hashes. */
  find(key: ConversionKey): OfflineRow | undefined {
    return this.#find(key, toKey);
  }

  /** Returns the conversion that an adjustment is about: name, time, click id and hashes exactly as they were uploaded. */
  findExactly(key: ConversionKey): OfflineRow | undefined {
    return this.#find(key, toExactKey);
  }

  #find(key: ConversionKey, toText: (key: ConversionKey) => string): OfflineRow | undefined {
    const text = toText(key);
    return this.#rows.find(
      (row): row is OfflineRow => row.kind === 'conversion' && row.outcome !== 'DuplicateConversionKey' && toText(row) === text,
    );
  }

  /** Replaces a conversion that was adjusted. */
  replace(before: OfflineRow, after: OfflineRow): void {
    this.#revision += 1;
    this.#rows = this.#rows.map((row) => (row === before ? after : row));
  }

  /** Returns conversions and adjustments in the order in which they were uploaded. */
  list(): readonly (OfflineRow | OfflineAdjustmentRow)[] {
    return this.#rows;
  }

  clear(): void {
    this.#revision += 1;
    this.#rows = [];
  }
}

function toKey({ accountId, conversionName, conversionTime, clickId, hashes }: ConversionKey): string {
  const identity = clickId ?? hashes.toSorted().join();
  return JSON.stringify([accountId, conversionName.toLowerCase(), Date.parse(conversionTime), identity]);
}

const toExactKey = ({ accountId, conversionName, conversionTime, clickId, hashes }: ConversionKey): string =>
  JSON.stringify([accountId, conversionName, conversionTime, clickId, hashes.toSorted()]);
