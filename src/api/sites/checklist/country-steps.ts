import {
  countryRemedy,
  describeCountrySources,
  describeDisagreement,
  describeOldTables,
} from '../../../event/country-settings.ts';
import type { ObservedEvents } from './observed-events.ts';
import type { StepView } from './schemas.ts';

/** Returns the step of the source of a visitor's country, if the consent policy depends on it. */
export function countrySteps({ site, countries, now = 0 }: ObservedEvents): readonly StepView[] {
  if (!countries || site.consent.policy !== 'regional') return [];
  const { settings, tables } = countries;
  const head = { id: 'country-known', group: 'pixel', title: "Visitor's country", guide: 'guides/consent' } as const;
  const sources = describeCountrySources(settings, tables);
  if (sources === undefined) {
    const fact = 'No country of a visitor is known, so unknown consent counts as denied for everyone';
    return [{ ...head, state: 'optional', says: `${fact}. ${countryRemedy}. ${describeDisagreement()}.` }];
  }
  const old = describeOldTables(settings, tables, now);
  return [{ ...head, state: 'done', says: old === undefined ? `${sources}.` : `${sources}. ${old}.` }];
}
