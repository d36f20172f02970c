import Database from 'better-sqlite3';

/** Loaded before the gateway with `--import`: commits no longer sync. A test of the order of sync and response has to detect this. */
const original = Database.prototype.pragma;
Object.defineProperty(Database.prototype, 'pragma', {
  value(this: Database.Database, text: string, ...rest: unknown[]) {
    return Reflect.apply(original, this, [text.replace('synchronous = FULL', 'synchronous = NORMAL'), ...rest]);
  },
});
