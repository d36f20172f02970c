import { expect, test } from 'vitest';
import type { EventGroupCount } from '../../../storage/ports/event-index.ts';
import { countGroups } from './event-facets.ts';

test('a value is counted among the events that match the other filters, not its own', () => {
  const groups: readonly EventGroupCount[] = [
    { name: 'Purchase', reporters: ['browser', 'server'], consent: 'granted', country: 'DE', events: 5 },
    { name: 'Purchase', reporters: ['browser'], consent: 'denied', events: 3 },
    { name: 'Lead', reporters: ['browser'], consent: 'granted', country: 'FR', events: 2 },
  ];
  expect(countGroups(groups, {})).toEqual({
    events: 10,
    event: [
      { value: 'Purchase', events: 8 },
      { value: 'Lead', events: 2 },
    ],
    reporter: [
      { value: 'browser', events: 10 },
      { value: 'server', events: 5 },
    ],
    consent: [
      { value: 'granted', events: 7 },
      { value: 'denied', events: 3 },
    ],
    country: [
      { value: 'DE', events: 5 },
      { value: 'FR', events: 2 },
    ],
  });
  const counts = countGroups(groups, { event: ['Purchase'], country: ['DE'] });
  expect(counts).toMatchObject({ events: 5, event: [{ value: 'Purchase', events: 5 }], country: [{ value: 'DE', events: 5 }] });
  expect(countGroups(groups, { reporter: ['server'] })).toMatchObject({ events: 5, reporter: [{ events: 10 }, { events: 5 }] });
});
