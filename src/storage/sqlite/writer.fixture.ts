import { serveWriter } from './writer.ts';

/** Operations of the writer in `writer.database.test.ts`. `stall` blocks its thread for a number of milliseconds. `failNextRead` lets the next read fail. `failLater` ends its thread. */
export type NoteOp =
  | { readonly add: string }
  | { readonly remove: string }
  | { readonly addThenFail: string }
  | { readonly stall: number }
  | { readonly failNextRead: true }
  | { readonly failLater: true };

serveWriter<NoteOp, number>({
  migrations: ['CREATE TABLE notes (text TEXT PRIMARY KEY) STRICT', 'ALTER TABLE notes ADD COLUMN at INTEGER'],
  prepare(db) {
    const insert = db.prepare('INSERT INTO notes (text) VALUES (?)');
    const statement: { get(): unknown } = Object.getPrototypeOf(insert);
    return (op) => {
      if ('failLater' in op) {
        setImmediate(() => {
          throw new Error('bug of a guest');
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
      if ('stall' in op) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, op.stall);
      else if ('remove' in op) db.prepare('DELETE FROM notes WHERE text = ?').run(op.remove);
      else insert.run('add' in op ? op.add : op.addThenFail);
      if ('addThenFail' in op) throw new Error('changed its mind');
      return db.prepare<[], { n: number }>('SELECT count(*) AS n FROM notes').get()?.n ?? 0;
    };
  },
  purges: (op) => 'remove' in op,
});
