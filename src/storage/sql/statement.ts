import { createHash } from 'node:crypto';

/** A statement with its parameters. Each connection prepares it once, under its name. */
export interface Statement<Row = unknown> {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
  /** The type of the rows. Never set. */
  readonly row?: Row;
}

/**
 * Defines a statement, and returns a function that binds its parameters. Call it once per text, when a module is loaded. A parameter that
 * is an array is encoded by `binary-arrays.ts`; bytes are a `Buffer`; `bigint` columns are numbers. Its name depends on its text alone:
 * processes of two versions may share a connection behind a pooler.
 */
export function defineStatement<Row = unknown>(text: string): (...values: readonly unknown[]) => Statement<Row> {
  const name = `convey_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
  return (...values) => ({ name, text, values });
}

/** Defines statements whose text depends on the question, and returns a function that finds one. Each is defined once. */
export function defineVariants<Row>(
  toText: (variant: string) => string,
): (variant: string) => ReturnType<typeof defineStatement<Row>> {
  const defined = new Map<string, ReturnType<typeof defineStatement<Row>>>();
  return (variant) => {
    const statement = defined.get(variant) ?? defineStatement<Row>(toText(variant));
    defined.set(variant, statement);
    return statement;
  };
}

export interface Result<Row> {
  readonly rows: readonly Row[];
  /** The number of rows that were read or changed. */
  readonly rowCount: number;
}
