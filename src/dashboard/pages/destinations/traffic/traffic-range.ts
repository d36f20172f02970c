import type { InputOf } from '../../../../api/client.ts';

export type Range = InputOf<'GET /api/sites/:site/series'>['range'];

export const ranges = [
  { value: '1h', label: '1 h' },
  { value: '24h', label: '24 h' },
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
] as const satisfies readonly { readonly value: Range; readonly label: string }[];

export const usualRange: Range = '24h';

/** What the address of a connection's page says: how far back the chart looks. */
export interface ConnectionSearch {
  readonly range?: Range;
}

export function readConnectionSearch({ range }: Readonly<Record<string, unknown>>): ConnectionSearch {
  const known = ranges.find(({ value }) => value === range)?.value;
  return known === undefined || known === usualRange ? {} : { range: known };
}
