import type { ReadChoice } from '../consent-reader.ts';

interface Page {
  readonly _iub: { readonly cs: { readonly api: { getPreferences(): Preferences } } };
}

interface Preferences {
  /** Absent if the shop does not ask by purpose. */
  readonly purposes?: Readonly<Record<string, boolean | undefined>>;
  readonly consent?: boolean;
}

/** Purpose 5 is marketing. @source https://www.iubenda.com/en/help/1205 (2026-11) */
export const readIubenda: ReadChoice<Page> = ({ _iub }, category = '5') => {
  const { purposes = {}, consent } = _iub.cs.api.getPreferences();
  const choice = purposes[category] ?? consent;
  return choice !== undefined && [choice];
};
