import { expect, test } from 'vitest';
import type { FacetsView } from '../../../../api/client.ts';
import { listFacets, toggleValue } from './facet-list.ts';

const none: FacetsView = {
  events: 0,
  isComplete: true,
  searched: 0,
  event: [],
  reporter: [],
  consent: [],
  country: [],
  connection: [],
  outcome: [],
  reason: [],
  rule: [],
  outcomesOf: 0,
  areOutcomesComplete: true,
  rejected: { events: 0, reasons: [], isComplete: true },
};

test('facets without values are left out, and chosen values stay without a count', () => {
  expect(listFacets(none, {}, {})).toEqual([]);
  expect(listFacets(undefined, { outcome: ['dead'] }, {})).toEqual([
    { name: 'outcome', label: 'Outcome', values: [{ value: 'dead', label: 'Failed event', events: undefined, isChosen: true }] },
  ]);
  expect(listFacets(none, { country: ['DE'] }, {})).toMatchObject([
    { values: [{ label: 'Germany', events: 0, isChosen: true }] },
  ]);
});

test('values have the words of the page', () => {
  const facets = {
    ...none,
    connection: [{ value: 'bing', events: 2 }],
    reason: [{ value: 'too-old', events: 1, message: 'The `time` is too old. Send it earlier.' }],
    rejected: { events: 3, reasons: [{ value: 'name-invalid', events: 3, message: 'Must be a name.' }], isComplete: true },
  };
  expect(listFacets(facets, { connection: 'bing' }, { bing: 'Microsoft Advertising' })).toEqual([
    {
      name: 'connection',
      label: 'Failed at',
      values: [{ value: 'bing', label: 'Microsoft Advertising', events: 2, isChosen: true }],
    },
    {
      name: 'reason',
      label: 'Reason',
      values: [
        {
          value: 'too-old',
          label: 'The time is too old.',
          code: 'too-old',
          title: 'The time is too old. Send it earlier.',
          events: 1,
          isChosen: false,
        },
      ],
    },
    {
      name: 'rejected',
      label: 'Rejected',
      values: [
        { value: 'any', label: 'All rejected', events: 3, isChosen: false },
        {
          value: 'name-invalid',
          label: 'Must be a name.',
          code: 'name-invalid',
          title: 'Must be a name.',
          events: 3,
          isChosen: false,
        },
      ],
    },
  ]);
});

test('the gap of a link from the accuracy is shown with the number of its orders, and can be taken away', () => {
  const search = { connection: 'bing', gap: ['unsent'] } as const;
  const gap = listFacets({ ...none, events: 4 }, search, {}).find(({ name }) => name === 'gap');
  expect(gap).toMatchObject({ label: 'Accuracy', values: [{ label: 'Not sent for over an hour', events: 4, isChosen: true }] });
  expect(toggleValue(search, 'gap', 'unsent')).toMatchObject({ connection: 'bing', gap: [] });
});

test('a click adds a value, and a second one removes it', () => {
  const chosen = toggleValue({ event: ['Lead'], rejected: 'any' }, 'event', 'Purchase');
  expect(chosen).toEqual({ event: ['Lead', 'Purchase'], rejected: undefined });
  expect(toggleValue({ event: ['Lead', 'Purchase'] }, 'event', 'Lead')).toMatchObject({ event: ['Purchase'] });
  expect(toggleValue({ connection: 'bing' }, 'connection', 'meta')).toMatchObject({ connection: 'meta' });
  expect(toggleValue({ connection: 'bing' }, 'connection', 'bing')).toMatchObject({ connection: undefined });
  expect(toggleValue({ text: 'x' }, 'rejected', 'any')).toEqual({ text: 'x', rejected: 'any' });
});
