import { expect, it } from 'vitest';
import { measureDisagreement } from '../scripts/measure-country-tables.ts';
import { openPackagedTables } from '../src/country/country-table.fixture.ts';
import { disagreement } from '../src/event/country-disagreement.ts';

it('the shares that Setup states are those of the tables', () => {
  const { measuredOn: _, ...measured } = disagreement;
  expect(measureDisagreement(openPackagedTables())).toEqual(measured);
});
