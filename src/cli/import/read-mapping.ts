import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ConveyError, errorMessage } from '../../errors.ts';
import { isFieldPath, type OwnColumns } from './templates.ts';

const rule = 'Map fields to titles of columns, or to a constant: {"commerce.value": "Total", "name": {"const": "Purchase"}}';
const consentRule = 'Use --consent for the rows that state none';
const mappingSchema = z.record(
  z.string().refine(isFieldPath),
  z.union([z.string().min(1), z.strictObject({ const: z.string().min(1) })]),
);

export interface OwnMapping {
  readonly columns: OwnColumns;
  readonly fixed: Readonly<Record<string, string>>;
}

/** Reads the operator's own mapping of columns. @throws ConveyError */
export function readMapping(path: string): OwnMapping {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConveyError(`The file of --map cannot be read: ${errorMessage(error)}`, rule);
  }
  const parsed = mappingSchema.safeParse(json);
  if (!parsed.success) throw new ConveyError('The file of --map is no mapping of columns', rule);
  const columns: Record<string, string> = {};
  const fixed: Record<string, string> = {};
  for (const [field, from] of Object.entries(parsed.data)) {
    if (typeof from === 'string') columns[field] = from;
    else if (field.startsWith('consent.'))
      throw new ConveyError(`${field} has a constant, which would replace denials`, consentRule);
    else fixed[field] = from.const;
  }
  return { columns, fixed };
}
