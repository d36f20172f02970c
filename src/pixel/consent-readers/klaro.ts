import type { ReadChoice } from '../consent-reader.ts';

interface Page {
  readonly klaro: { getManager(): Manager };
}

interface Manager {
  readonly confirmed: boolean;
  /** By service. `consents` has what the shopper has not saved yet. */
  readonly savedConsents: Readonly<Record<string, boolean>>;
  readonly config: { readonly services: readonly { readonly name: string; readonly purposes: readonly string[] }[] };
}

/** The shop names its purposes. @source https://github.com/klaro-org/klaro-js/blob/master/src/consent-manager.js (0.7.22) */
export const readKlaro: ReadChoice<Page> = ({ klaro }, category = 'marketing') => {
  const manager = klaro.getManager();
  const services = manager.config.services.filter((each) => each.purposes.includes(category));
  return manager.confirmed && services[0] && [services.every((each) => manager.savedConsents[each.name])];
};
