import { setPriority } from 'node:os';
import { openReader } from './open.ts';
import { isCorruptionError, serializeError } from './sqlite-errors.ts';

/** The process of `check.ts`. */
export type Answer = { readonly problems: readonly string[] } | { readonly failed: string };

const [file = '', pragma = ''] = process.argv.slice(2);

try {
  setPriority(19); // whatever is asked of the gateway goes first
} catch {
  // Then it goes at the same pace as the rest.
}
// They are sent to the gateway as well, which ends this process itself.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
process.send?.(answer(), () => process.disconnect());

/** That the check could not be made says nothing of the file. */
function answer(): Answer {
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
    const lines = Array.isArray(found) ? found.map((row: unknown) => String(Object.values(row ?? {})[0])) : ['no answer'];
    return lines.filter((line) => line !== 'ok');
  } finally {
    db.close();
  }
}

/** SQLite goes on past a page that it could not get, and gives the code of the error in words; 11 is that the page is damaged. */
function isFailure(line: string): boolean {
  const code = /error code[ =](\d+)/.exec(line)?.[1];
  return code !== undefined && (Number(code) & 0xff) !== 11;
}
