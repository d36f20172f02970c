/** Converts an error to a form that can be sent to another thread. `code` is SQLite's (`SQLITE_FULL`), or the error's own. */
export function serializeError(error: unknown): { code: string; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'FAILED';
  return { code, message };
}

/** A row holds a value that Convey never writes. */
export class CorruptRowError extends Error {
  override readonly name = 'CorruptRowError';
  readonly code = 'SQLITE_CORRUPT_ROW';
}

const damageCodes = /^SQLITE_(?:CORRUPT|NOTADB)/;

/** Returns whether SQLite's code is that of a damaged file. */
export function isCorruptionCode(code: string): boolean {
  return damageCodes.test(code);
}

/** Returns whether the error or its cause reports a damaged file, as opposed to a full, busy or missing disk. */
export function isCorruptionError(error: unknown): boolean {
  if (isCorruptionCode(serializeError(error).code)) return true;
  return error instanceof Error && error.cause !== undefined && isCorruptionError(error.cause);
}

const missingNames = /\bno such (?:table|column): |\bhas no column named /;

/**
 * Returns whether the error or its cause reports that the file lacks a table or a column. Every statement is prepared when a file is opened,
 * so the schema's text is damaged: one changed byte renames a column, and SQLite finds no fault in it.
 */
export function isSchemaDamageError(error: unknown): boolean {
  if (missingNames.test(serializeError(error).message)) return true;
  return error instanceof Error && error.cause !== undefined && isSchemaDamageError(error.cause);
}
