import { describe, expect, test } from 'vitest';
import type { EventRow } from '../../../../api/client.ts';
import {
  addRows,
  appendOlderRows,
  hasTooManyHeld,
  noRows,
  refreshRows,
  selectSince,
  showHeldRows,
  withoutSignals,
} from './event-list-state.ts';

const row = (place: number, outcome: EventRow['outcomes'][number]['outcome'] = 'delivered'): EventRow => ({
  site: 'shop',
  offset: String(place).padStart(16, '0'),
  gone: true,
  reason: 'erased',
  says: '',
  receivedAt: place,
  outcomes: [{ connection: 'bing', outcome, says: '', issues: [] }],
});
const places = (rows: readonly EventRow[]) => rows.map(({ receivedAt }) => receivedAt);
const opened = addRows(noRows, [row(1), row(2), row(3)], false);

describe('the list of events', () => {
  test('shows the newest first', () => {
    expect(places(opened.shown)).toEqual([3, 2, 1]);
    expect(places(addRows(opened, [row(5), row(4)], false).shown)).toEqual([5, 4, 3, 2, 1]);
  });

  test('holds back new rows while the user reads, and shows them on request', () => {
    const state = addRows(addRows(opened, [row(4)], true), [row(5)], true);
    expect(places(state.shown)).toEqual([3, 2, 1]);
    expect(places(state.held)).toEqual([5, 4]);
    expect(places(showHeldRows(state).shown)).toEqual([5, 4, 3, 2, 1]);
    expect(showHeldRows(state).held).toEqual([]);
  });

  test('updates the outcomes of shown and held rows in place', () => {
    const state = addRows(addRows(opened, [row(4, 'undelivered')], true), [row(2, 'dead'), row(4, 'delivered')], true);
    expect(places(state.shown)).toEqual([3, 2, 1]);
    expect(state.shown[1]).toEqual(row(2, 'dead'));
    expect(state.held).toEqual([row(4, 'delivered')]);
    // Unchanged rows keep their identity, so they do not re-render.
    expect(state.shown[0]).toBe(opened.shown[0]);
  });

  test('shows a row once if it is received twice', () => {
    expect(places(addRows(opened, [row(3), row(3)], false).shown)).toEqual([3, 2, 1]);
  });

  test('appends the next page', () => {
    const later = addRows(noRows, [row(11), row(12)], false);
    expect(places(appendOlderRows(later, [row(9), row(10)]).shown)).toEqual([12, 11, 10, 9]);
  });

  test('removes rows that no longer match the filters, unless the user is reading', () => {
    expect(places(refreshRows(opened, [row(1), row(3), row(4)], false).shown)).toEqual([4, 3, 1]);
    expect(places(refreshRows(opened, [row(1), row(3), row(4)], true).shown)).toEqual([3, 2, 1]);
  });

  test('keeps older pages and unchanged rows on refresh', () => {
    const refreshed = refreshRows(opened, [row(2), row(3)], false);
    expect(places(refreshed.shown)).toEqual([3, 2, 1]);
    expect(refreshed.shown[0]).toBe(opened.shown[0]);
    expect(places(refreshRows(opened, [], false).shown)).toEqual([]);
  });

  test('leaves out signals, and keeps events whose data was removed', () => {
    const event = {
      site: 'shop',
      offset: '5',
      receivedAt: 5,
      outcomes: [],
      id: 'x',
      reporter: 'browser',
      reportedBy: 'the browser',
      countryText: 'Not known',
      time: 5,
      consent: { stated: 'granted', effective: 'granted' },
      keys: [],
      page: {},
      commerce: {},
      warnings: [],
    } as const;
    const rows = [{ ...event, name: '$consent' }, { ...event, name: 'Lead', offset: '6' }, row(4)];
    expect(withoutSignals(rows).map(({ offset }) => offset)).toEqual(['6', row(4).offset]);
  });

  test('leaves out events from before the range by their own time', () => {
    const rows = [row(3), row(4)];
    expect(selectSince(rows, 0)).toEqual(rows);
    expect(selectSince(rows, Number.MAX_SAFE_INTEGER)).toEqual([]);
  });

  test('is bounded, and reports when it has to be reloaded', () => {
    const many = Array.from({ length: 4_000 }, (_, nth) => row(nth + 10));
    const shown = addRows(opened, many, false);
    expect(shown.shown).toHaveLength(3_000);
    expect(shown.isCut).toBe(true);
    const state = addRows(opened, many, true);
    expect(state.held).toHaveLength(1_001);
    expect(hasTooManyHeld(state)).toBe(true);
    expect(hasTooManyHeld(opened)).toBe(false);
  });
});
