import Database from 'better-sqlite3';

/** Loaded before the gateway: its files are no longer synced at each commit. What tells synced answers from others has to notice. */
const original = Database.prototype.pragma;
Object.defineProperty(Database.prototype, 'pragma', {
  value(this: Database.Database, text: string, ...rest: unknown[]) {
    return Reflect.apply(original, this, [text.replace('synchronous = FULL', 'synchronous = NORMAL'), ...rest]);
  },
});
