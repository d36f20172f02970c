import { print } from './terminal.ts';

export const jsonOption = ['--json', 'print one JSON object per line'] as const;

/** Prints an object, or each object of a list, as one line of JSON. */
export function printJson(result: object): void {
  for (const one of Array.isArray(result) ? result : [result]) print(JSON.stringify(one));
}
