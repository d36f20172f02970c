/** The parts of a connection's page. */
export const connectionTabs = [
  { value: 'health', label: 'Health' },
  { value: 'failed', label: 'Failed' },
  { value: 'settings', label: 'Settings' },
  { value: 'activity', label: 'Activity' },
] as const;
export type ConnectionTab = (typeof connectionTabs)[number]['value'];

/** The search parameters of a connection's page besides those of its charts. */
export interface ConnectionSearch {
  /** Absent for the first tab. */
  readonly tab?: Exclude<ConnectionTab, 'health'>;
  /** The account link with which the form of the settings goes on. */
  readonly link?: string;
}

/** Parses the search parameters. An account link leads to the settings. */
export function parseConnectionSearch({ tab, link }: Readonly<Record<string, unknown>>): ConnectionSearch {
  const linked = typeof link === 'string' ? ({ tab: 'settings', link } as const) : {};
  return { ...linked, ...(tab === 'failed' || tab === 'settings' || tab === 'activity' ? { tab } : {}) };
}
