import type { z } from 'zod';

type Schema = z.core.JSONSchema.BaseSchema;

/**
 * Returns an example of a JSON schema: the first of its `examples`, or a value that is made of its members. Optional members are
 * included unless they are deprecated.
 */
export function createExample(schema: Schema, definitions: Readonly<Record<string, Schema>>): unknown {
  const { $ref, examples, const: constant, default: standard, enum: values, anyOf, items, properties, propertyNames } = schema;
  const nested = (inner: unknown) => (isSchema(inner) ? createExample(inner, definitions) : null);
  if (examples?.[0] !== undefined) return examples[0];
  if ($ref !== undefined) return nested(definitions[$ref.split('/').at(-1) ?? '']);
  if (constant !== undefined) return constant;
  if (standard !== undefined) return standard;
  if (values) return values[0];
  if (anyOf) return nested(anyOf[0]);
  if (items !== undefined) return [nested(items)];
  if (properties) {
    const shown = Object.entries(properties).filter(([, member]) => isSchema(member) && member.deprecated !== true);
    return Object.fromEntries(shown.map(([name, member]) => [name, nested(member)]));
  }
  switch (schema.type) {
    case 'string':
      return '…';
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return schema.minimum ?? 0;
    case 'object':
      return isSchema(propertyNames) && propertyNames.enum
        ? { [String(propertyNames.enum[0])]: nested(schema.additionalProperties) }
        : {};
    default:
      return null;
  }
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
