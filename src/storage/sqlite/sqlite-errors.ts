/** What went wrong, in a form that crosses from one thread to another. `code` is SQLite's (`SQLITE_FULL`), or the error's own. */
export function serializeError(error: unknown): { code: string; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'FAILED';
  return { code, message };
}

/** What stands in a row is not what Convey writes there. */
export class CorruptRowError extends Error {
  override readonly name = 'CorruptRowError';
  readonly code = 'SQLITE_CORRUPT_ROW';
}

const damageCodes = /^SQLITE_(?:CORRUPT|NOTADB)/;

/** Whether the error, or what caused it, says that the file itself is damaged, rather than that the disk is full, busy or gone. */
export function isCorruptionError(error: unknown): boolean {
  if (damageCodes.test(serializeError(error).code)) return true;
  return error instanceof Error && error.cause !== undefined && isCorruptionError(error.cause);
}
