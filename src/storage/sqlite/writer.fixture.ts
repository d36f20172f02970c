import { fingerprint } from './keys/key-entries.ts';
import { getKeyIndex, keyIndexTables } from './keys/key-index.ts';
import { serveWriter } from './writer.ts';

/**
 * Operations of the writer in `writer.database.test.ts`. `stall` blocks its thread for a number of milliseconds. `failNextRead` lets the next
 * read fail. `failLater` ends its thread. `removeThenRollBack` ends the transaction, as SQLite does when the disk is full. `find` asks the index alone.
 */
export type NoteOp =
  | { readonly add: string }
  | { readonly remove: string }
  | { readonly addThenFail: string }
  | { readonly removeThenFail: string }
  | { readonly removeThenRollBack: string }
  | { readonly find: string }
  | { readonly stall: number }
  | { readonly failNextRead: true }
  | { readonly failLater: true };

serveWriter<NoteOp, number>({
  migrations: [
    'CREATE TABLE notes (text TEXT PRIMARY KEY) STRICT',
    `ALTER TABLE notes ADD COLUMN at INTEGER; ${keyIndexTables('note_keys')}`,
  ],
  keyIndexes: ['note_keys'],
  prepare(db) {
    const index = getKeyIndex(db, 'note_keys');
    const add = (text: string) => index.add(fingerprint(text), Number(insert.run(text).lastInsertRowid));
    const removal = db.prepare<[string], number>('DELETE FROM notes WHERE text = ? RETURNING rowid').pluck();
    const remove = (text: string) => {
      for (const row of removal.all(text)) index.remove(fingerprint(text), row);
    };
    const insert = db.prepare('INSERT INTO notes (text) VALUES (?)');
    const statement: { get(): unknown } = Object.getPrototypeOf(insert);
    return (op) => {
      if ('failLater' in op) {
        setImmediate(() => {
          throw new Error('bug of a task');
        });
        return 0;
      }
      if ('failNextRead' in op) {
        const { get } = statement;
        statement.get = () => {
          statement.get = get;
          throw new Error('disk I/O error');
        };
        return 0;
      }
      if ('find' in op) return index.find(fingerprint(op.find)).length;
      if ('stall' in op) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, op.stall);
      if ('add' in op) add(op.add);
      if ('remove' in op) remove(op.remove);
      if ('addThenFail' in op) add(op.addThenFail);
      if ('removeThenFail' in op) remove(op.removeThenFail);
      if ('removeThenRollBack' in op) {
        remove(op.removeThenRollBack);
        db.exec('ROLLBACK');
      }
      if ('addThenFail' in op || 'removeThenFail' in op || 'removeThenRollBack' in op) throw new Error('changed its mind');
      return db.prepare<[], { n: number }>('SELECT count(*) AS n FROM notes').get()?.n ?? 0;
    };
  },
  purges: (op) => 'remove' in op,
});
