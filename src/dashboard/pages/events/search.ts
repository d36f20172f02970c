/** The filters of the list of events, as its address has them. */
export interface EventSearch {
  readonly event?: readonly string[];
  readonly text?: string;
}

export function readEventSearch(_given: Readonly<Record<string, unknown>>): EventSearch {
  return {};
}
