/** What went wrong, in a form that crosses from one thread to another. `code` is SQLite's (`SQLITE_FULL`), or the error's own. */
export function describe(error: unknown): { code: string; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'FAILED';
  return { code, message };
}
