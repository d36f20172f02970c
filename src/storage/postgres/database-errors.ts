import { ConveyError, errorMessage } from '../../errors.ts';

/** No reply within the limit. The connection was destroyed, and the statement may still take effect. */
export class DatabaseTimeoutError extends Error {
  override readonly name = 'DatabaseTimeoutError';
}

/** `COMMIT` was answered by `ROLLBACK`: nothing was stored. */
export class NotCommittedError extends Error {
  override readonly name = 'NotCommittedError';
}

/** A commit succeeded with a warning, such as a wait for the standby that was cancelled. It may be lost. */
export class DatabaseWarningError extends Error {
  override readonly name = 'DatabaseWarningError';
}

/** A setting of the database breaks a promise of Convey. */
export class BrokenPromiseError extends ConveyError {}

const unknownAuthority =
  'The certificate of the database is of an authority that Node.js does not know. Add `&sslrootcert=FILE` to `store`, with the certificates of your provider';

/** Causes by their SQLSTATE (appendix A of PostgreSQL's manual) or by Node's code, with the remedy. */
const explanations: Readonly<Record<string, string>> = {
  '25006': 'The database is read-only. Point `store` at the primary',
  '28000':
    'The database refuses this role, host or connection without TLS. Correct `pg_hba.conf`, or add `?sslmode=verify-full` to `store`',
  '28P01': 'The database refuses the password. Correct it in `store`',
  '3D000': 'The database does not exist. Create it, or correct its name in `store`',
  '53100': "The database's disk is full. Free some space on it",
  '53300': 'The database has no free connection. Raise its `max_connections`, or use pgbouncer',
  '57P03': 'The database is starting or stopping. Wait, or check its log',
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate of the database has another host name. Use that name in `store`',
};

/** The text of this error names the table, and no value. */
export const missingRight = '42501';

/** Returns the SQLSTATE of a database's error, or the code of a network error. */
export function getErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Returns whether the database refused a value: class 22 of the SQLSTATEs. It works for other values. */
export function isDataError(error: unknown): boolean {
  return getErrorCode(error)?.startsWith('22') === true;
}

/**
 * Returns whether a table, an index or a right of the statement is at fault, or a rule of the table: classes 23, 42, P0 and XX. A statement
 * that leaves the table out may succeed.
 */
export function isTableError(error: unknown): boolean {
  return /^(?:23|42|P0|XX)\w{3}$/.test(getErrorCode(error) ?? '');
}

/**
 * Returns a sentence with the cause and the remedy. It never contains the password.
 * @param setting the setting or option with the database's URL
 */
export function describeDatabaseError(error: unknown, setting = 'store'): string {
  if (error instanceof BrokenPromiseError) return error.message;
  const code = getErrorCode(error);
  const known = code === undefined ? undefined : explanations[code];
  // A connection that is refused at several addresses has no message of its own.
  const text = errorMessage(error) || code || 'unknown error';
  if (/client password must be a string/.test(text))
    return `The database asks for a password. Add it to \`${setting}\`, or set PGPASSWORD`;
  if (code === missingRight)
    return `The role of \`${setting}\` lacks a right: ${text}. Grant it with \`deploy/collect-role.sql\` if it only collects, else make the role the owner of the database`;
  const sentence = known ?? `The database cannot be used: ${text}. Check that it runs, and that \`store\` has its address`;
  return sentence.replaceAll('`store`', `\`${setting}\``);
}

/** @throws ConveyError instead of the driver's errors, which may name the user and the host alone. */
export async function explainErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ConveyError) throw error;
    throw new ConveyError(describeDatabaseError(error), 'Then try again');
  }
}
