import type { ApiInput } from '../../../../api/client.ts';

export type TrafficRange = NonNullable<ApiInput<'GET /api/sites/:site/series'>['range']>;

export const trafficRanges = [
  { value: '1h', label: '1 h' },
  { value: '24h', label: '24 h' },
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
] as const satisfies readonly { readonly value: TrafficRange; readonly label: string }[];

export const defaultRange: TrafficRange = '24h';

/** The search parameters of a connection's page. */
export interface TrafficSearch {
  readonly range?: TrafficRange;
}

export function parseTrafficSearch({ range }: Readonly<Record<string, unknown>>): TrafficSearch {
  const known = trafficRanges.find(({ value }) => value === range)?.value;
  return known === undefined || known === defaultRange ? {} : { range: known };
}
