import type { Event } from './event.ts';

/** `headers`: only the proxy's header names a browser's country. `table`: tables of countries by address do, if there is no header. */
export const countryModes = ['headers', 'table'] as const;

/** Returns the ISO 3166-1 alpha-2 code of an address's country; `undefined` if it is not known. */
export type CountryLookup = (address: string) => string | undefined;

/** The source of an event's country. `report`: the server or webhook that reported the event. */
export const countrySources = ['header', 'table', 'report'] as const;
export type CountrySource = (typeof countrySources)[number];

type CountryFields = Pick<Event, 'client' | 'reporter' | 'consent'>;

/** Returns the source of an event's country; `undefined` if the country is not known. */
export function getCountrySource({ client, reporter }: Pick<Event, 'client' | 'reporter'>): CountrySource | undefined {
  if (client.country === undefined) return undefined;
  return client.countryFrom ?? (reporter === 'browser' ? 'header' : 'report');
}

const sourceTexts: Readonly<Record<CountrySource, string>> = {
  header: "by the proxy's header",
  table: 'by the country tables',
  report: 'by the report',
};

/** Describes an event's country with its source. */
export function describeCountry(event: CountryFields): string {
  const source = getCountrySource(event);
  if (source !== undefined) return `${event.client.country}, ${sourceTexts[source]}`;
  return event.consent.effective === 'denied' ? 'Not kept, because consent is denied' : 'Not known';
}
