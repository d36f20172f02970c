import { type ConsumerId, connectionConsumerRange, parseConsumerId } from '../../ports/consumer-id.ts';
import { countBucketStart } from '../../ports/event-counts.ts';
import type { PurchaseOutcome } from '../../ports/money.ts';
import type { ReceivedReport } from '../../ports/reports.ts';
import type { Db } from '../../sqlite/open.ts';
import { mergePurchases, type PurchaseValues, purchaseSources, toPurchaseValues } from '../rows/purchases.ts';

/**
 * `purchases.source` and `rank` are the numbers of `rows/purchases.ts`, amounts are thousandths of the currency. `purchase_outcomes` has the
 * latest outcome of each order at each connection. `reported_money` and `settled_money` are the sums of both; an order that waits is in none
 * of `settled_money`. `counted_since` has the first buckets whose counts and sums are whole; 0 in a new file.
 */
export const moneySchema = `
  CREATE TABLE purchases (site TEXT NOT NULL, offset TEXT NOT NULL, bucket INTEGER NOT NULL, source INTEGER NOT NULL, rank INTEGER NOT NULL,
    currency TEXT NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (site, offset)) STRICT, WITHOUT ROWID;
  CREATE TABLE purchase_outcomes (consumer TEXT NOT NULL, offset TEXT NOT NULL, outcome TEXT NOT NULL,
    PRIMARY KEY (consumer, offset)) STRICT, WITHOUT ROWID;
  CREATE INDEX purchase_outcomes_waiting ON purchase_outcomes (consumer, offset) WHERE outcome = 'waiting';
  CREATE TABLE reported_money (site TEXT NOT NULL, bucket INTEGER NOT NULL, source INTEGER NOT NULL, currency TEXT NOT NULL,
    orders INTEGER NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (site, bucket, source, currency)) STRICT, WITHOUT ROWID;
  CREATE TABLE settled_money (consumer TEXT NOT NULL, bucket INTEGER NOT NULL, outcome TEXT NOT NULL, currency TEXT NOT NULL,
    orders INTEGER NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (consumer, bucket, outcome, currency)) STRICT, WITHOUT ROWID;
  CREATE TABLE counted_since (events INTEGER NOT NULL, money INTEGER NOT NULL) STRICT;
`;

interface PurchaseRow extends PurchaseValues {
  readonly bucket: number;
}

interface OutcomeRow {
  readonly consumer: ConsumerId;
  readonly outcome: string;
}

const columns = 'bucket, source, rank, currency, amount';

type SumKey = readonly [of: string, bucket: number, kind: string | number, currency: string];

/** Changes of sums, one for each row, because many orders of a commit share the row of their period. */
class SumChanges {
  readonly #rows = new Map<string, { readonly key: SumKey; orders: number; amount: number }>();

  add(key: SumKey, orders: 1 | -1, amount: number): void {
    const id = key.join('\n');
    const row = this.#rows.get(id) ?? { key, orders: 0, amount: 0 };
    row.orders += orders;
    row.amount += orders * amount;
    this.#rows.set(id, row);
  }

  list(): readonly (readonly [...SumKey, orders: number, amount: number])[] {
    return [...this.#rows.values()].map(({ key, orders, amount }) => [...key, orders, amount] as const);
  }
}

/**
 * Prepares the changes of the sums. Each commit begins its own, so that one that fails leaves nothing to the next. An excluded order is in no
 * sum.
 */
function prepareSums(db: Db) {
  const reported = db.prepare(
    `INSERT INTO reported_money (site, bucket, source, currency, orders, amount) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET orders = orders + excluded.orders, amount = amount + excluded.amount`,
  );
  const settled = db.prepare(
    `INSERT INTO settled_money (consumer, bucket, outcome, currency, orders, amount) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET orders = orders + excluded.orders, amount = amount + excluded.amount`,
  );
  return () => {
    const reportedChanges = new SumChanges();
    const settledChanges = new SumChanges();
    return {
      addReported(site: string, { bucket, source, currency, amount }: PurchaseRow, sign: 1 | -1): void {
        if (source !== purchaseSources.excluded) reportedChanges.add([site, bucket, source, currency], sign, amount);
      },
      addSettled(consumer: ConsumerId, outcome: string, { bucket, source, currency, amount }: PurchaseRow, sign: 1 | -1): void {
        if (source === purchaseSources.excluded || outcome === 'waiting') return;
        settledChanges.add([consumer, bucket, outcome, currency], sign, amount);
      },
      write(): void {
        for (const row of reportedChanges.list()) reported.run(...row);
        for (const row of settledChanges.list()) settled.run(...row);
      },
    };
  };
}

function prepareFind(db: Db) {
  return db.prepare<[string, string], PurchaseRow>(`SELECT ${columns} FROM purchases WHERE site = ? AND offset = ?`);
}

function prepareOutcomesOf(db: Db): (site: string, offset: string) => readonly OutcomeRow[] {
  const select = db.prepare<[string, string, string], OutcomeRow>(
    `SELECT o.consumer, o.outcome FROM connections c CROSS JOIN purchase_outcomes o
     WHERE o.consumer = c.consumer AND o.offset = ? AND c.consumer >= ? AND c.consumer < ?`,
  );
  return (site, offset) => select.all(offset, ...connectionConsumerRange(site));
}

/** Prepares the removal of an order with its outcomes, which it returns. */
function prepareOrderRemoval(db: Db): (site: string, offset: string) => readonly OutcomeRow[] {
  const listOutcomes = prepareOutcomesOf(db);
  const remove = db.prepare('DELETE FROM purchases WHERE site = ? AND offset = ?');
  const removeOutcome = db.prepare('DELETE FROM purchase_outcomes WHERE consumer = ? AND offset = ?');
  return (site, offset) => {
    const outcomes = listOutcomes(site, offset);
    for (const { consumer } of outcomes) removeOutcome.run(consumer, offset);
    remove.run(site, offset);
    return outcomes;
  };
}

/** Prepares the writes that change an order's outcome at a connection. Runs in the writer's thread. */
export function preparePurchaseOutcomes(db: Db): (consumer: ConsumerId, purchases: readonly PurchaseOutcome[]) => void {
  const find = prepareFind(db);
  const findOutcome = db
    .prepare<[string, string], string>('SELECT outcome FROM purchase_outcomes WHERE consumer = ? AND offset = ?')
    .pluck();
  const put = db.prepare('INSERT OR REPLACE INTO purchase_outcomes (consumer, offset, outcome) VALUES (?, ?, ?)');
  const beginSums = prepareSums(db);
  return (consumer, purchases) => {
    if (purchases.length === 0) return;
    const { site } = parseConsumerId(consumer);
    const { addSettled, write } = beginSums();
    for (const { offset, outcome } of purchases) {
      const purchase = find.get(site, offset);
      const before = purchase && findOutcome.get(consumer, offset);
      if (!purchase || before === outcome) continue;
      put.run(consumer, offset, outcome);
      if (before !== undefined) addSettled(consumer, before, purchase, -1);
      addSettled(consumer, outcome, purchase, 1);
    }
    write();
  };
}

/** The reports that are not the first of their event, with the offset of another one. */
type EarlierReports = ReadonlyMap<string, string>;

/**
 * Prepares the writes of orders that the site's identity consumer reads for the first time: a primary report adds its order, and removes that
 * of the report which it `replaced`; a duplicate corrects that of its primary one, at each connection too. Runs in the writer's thread, before
 * the cursor moves.
 */
export function preparePurchases(
  db: Db,
): (site: string, reports: readonly ReceivedReport[], primaries: EarlierReports, replaced: EarlierReports) => void {
  const since = db.prepare<[], number>('SELECT money FROM counted_since').pluck().get() ?? 0;
  const selectCursor = db.prepare<[string], string>('SELECT cursor FROM identity WHERE site = ?').pluck();
  const find = prepareFind(db);
  const listOutcomes = prepareOutcomesOf(db);
  const remove = prepareOrderRemoval(db);
  const put = db.prepare(`INSERT OR REPLACE INTO purchases (site, offset, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  const beginSums = prepareSums(db);
  return (site, reports, primaries, replaced) => {
    const orders = reports.filter(({ order, addedFor }) => order !== undefined && addedFor === undefined);
    if (orders.length === 0) return;
    const cursor = selectCursor.get(site) ?? '';
    const { addReported, addSettled, write } = beginSums();
    for (const { offset, at, reporter, order } of orders) {
      if (!order || offset <= cursor || countBucketStart(at) < since) continue;
      const earlier = replaced.get(offset);
      const gone = earlier === undefined ? undefined : find.get(site, earlier);
      if (earlier !== undefined && gone) {
        addReported(site, gone, -1);
        for (const { consumer, outcome } of remove(site, earlier)) addSettled(consumer, outcome, gone, -1);
      }
      const primary = primaries.get(offset) ?? offset;
      const before = find.get(site, primary);
      // The order of an old primary report is no longer kept, or was never counted.
      if (!before && primary !== offset) continue;
      const stated = toPurchaseValues(reporter, order);
      const after = before ? { ...before, ...mergePurchases(before, stated) } : { ...stated, bucket: countBucketStart(at) };
      const { bucket, source, rank, currency, amount } = after;
      put.run(site, primary, bucket, source, rank, currency, amount);
      if (before) addReported(site, before, -1);
      addReported(site, after, 1);
      for (const { consumer, outcome } of before ? listOutcomes(site, primary) : []) {
        if (before) addSettled(consumer, outcome, before, -1);
        addSettled(consumer, outcome, after, 1);
      }
    }
    write();
  };
}

/** Prepares the removal of an erased order. Its sums stay, but for the platform's verdict that will not be counted any more. */
export function preparePurchaseErasure(db: Db): (site: string, offset: string) => void {
  const find = prepareFind(db);
  const remove = prepareOrderRemoval(db);
  const beginSums = prepareSums(db);
  return (site, offset) => {
    const purchase = find.get(site, offset);
    if (!purchase) return;
    const { addSettled, write } = beginSums();
    for (const { consumer, outcome } of remove(site, offset))
      if (outcome === 'awaiting-verdict') addSettled(consumer, outcome, purchase, -1);
    write();
  };
}
