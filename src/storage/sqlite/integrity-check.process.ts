import { setPriority } from 'node:os';
import { openReader } from './open.ts';
import { isCorruptionError, serializeError } from './sqlite-errors.ts';

/** The message that the process sends to `integrity-check.ts`. */
export type IntegrityResult = { readonly problems: readonly string[] } | { readonly failed: string };

const [file = '', pragma = ''] = process.argv.slice(2);

try {
  setPriority(19); // the gateway's requests are more urgent
} catch {
  // The check then runs at normal priority.
}
// The gateway gets the same signals and ends this process itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
process.send?.(answer(), () => process.disconnect());

/** Checks the file. A failed check is no finding about the file. */
function answer(): IntegrityResult {
  try {
    const lines = read();
    const failure = lines.find(isFailure);
    return failure === undefined ? { problems: lines } : { failed: failure };
  } catch (error) {
    const { message } = serializeError(error);
    return isCorruptionError(error) ? { problems: [message] } : { failed: message };
  }
}

function read(): readonly string[] {
  const db = openReader(file);
  try {
    const found = db.pragma(`${pragma}(10)`);
    const lines = Array.isArray(found) ? found.map((row: unknown) => String(Object.values(row ?? {})[0])) : ['no result'];
    return lines.filter((line) => line !== 'ok');
  } finally {
    db.close();
  }
}

/** Returns whether a line reports a page that SQLite could not read, other than for damage (code 11, `SQLITE_CORRUPT`). */
function isFailure(line: string): boolean {
  const code = /error code[ =](\d+)/.exec(line)?.[1];
  return code !== undefined && (Number(code) & 0xff) !== 11;
}
