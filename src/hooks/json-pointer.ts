import { isObject } from '../net/parse-json.ts';

/** The longest pointer, in characters and in steps. */
export const maxPointerLength = 256;
export const maxPointerSteps = 16;

/** Returns the steps of a JSON Pointer; `undefined` if it is none, or too long. @source https://www.rfc-editor.org/rfc/rfc6901 (2013-04) */
export function parseJsonPointer(pointer: string): readonly string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || pointer.length > maxPointerLength || /~(?![01])/.test(pointer)) return undefined;
  const steps = pointer.slice(1).split('/');
  if (steps.length > maxPointerSteps) return undefined;
  return steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/**
 * Returns the value at a pointer; `undefined` if there is none. Reads own members and entries alone, so neither `constructor` nor `length` is a
 * place. The entry `-`, which is after the last one, never exists.
 */
export function resolveJsonPointer(document: unknown, pointer: string): unknown {
  const steps = parseJsonPointer(pointer);
  if (!steps) return undefined;
  let value = document;
  for (const step of steps) {
    if (Array.isArray(value)) {
      const entries: readonly unknown[] = value;
      value = /^(?:0|[1-9]\d{0,6})$/.test(step) ? entries[Number(step)] : undefined;
    } else value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
    if (value === undefined) return undefined;
  }
  return value;
}
