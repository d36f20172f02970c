import { describe, expect, it } from 'vitest';
import { secondMs } from '../../event/units.ts';
import type { Offset } from '../../storage/log/event-log.ts';
import { buildEvent, buildRecord, start } from '../delivery.fixture.ts';
import { sampleIssue } from '../tiny-platform.fixture.ts';
import { Batch } from './batch.ts';
import type { Decision } from './decision.ts';

const max = { records: 1_000, bytes: 900_000 };

function member(offset: string, size = 100, eventName = 'AddToCart', group?: string): Decision {
  const grouped = group === undefined ? {} : { group };
  return { member: { offset, eventName, eventId: offset, bytes: new Uint8Array(), text: '', size, issues: [], ...grouped } };
}
const skip = (offset: string): Decision => ({ skip: { offset, outcome: 'bot', issues: [] } });
const at = (offset: string) => ({ offset, at: start });
const number = (index: number) => String(index).padStart(6, '0');
const offsets = (batch: Batch) => batch.plan().members.map(({ offset }) => offset);

describe('Batch', () => {
  it('closes at a thousand events', () => {
    const batch = new Batch('', max);
    for (let index = 1; index < 1_000; index += 1) batch.add(at(number(index)), member(number(index)), start);
    expect(batch.full).toBe(false);
    batch.add(at(number(1_000)), member(number(1_000)), start);
    expect(batch.full).toBe(true);
  });

  it('closes when the next member does not fit; the member and its cursor stay outside', () => {
    const batch = new Batch('0', { records: 1_000, bytes: 250 });
    batch.add(at('1'), member('1', 100), start);
    batch.add(at('2'), member('2', 150), start);
    expect(batch.full).toBe(false);
    batch.add(at('3'), member('3', 1), start);
    expect(batch.full).toBe(true);
    expect(batch.plan()).toMatchObject({ through: '2' });
    expect(offsets(batch)).toEqual(['1', '2']);
  });

  it('accepts a single member that is larger than the limit, because it would never fit', () => {
    const batch = new Batch('0', { records: 1_000, bytes: 250 });
    batch.add(at('1'), member('1', 900), start);
    batch.add(at('2'), member('2', 1), start);
    expect(offsets(batch)).toEqual(['1']);
  });

  it('closes after a clock rollback instead of waiting as long as the clock was ahead', () => {
    const batch = new Batch('', max);
    batch.add(at('1'), member('1'), start);
    expect(batch.getRemainingMs(start - 60_000)).toBe(0);
  });

  it('closes 2 s after its first event, whatever comes later', () => {
    const batch = new Batch('', max);
    expect(batch.getRemainingMs(start)).toBe(Number.POSITIVE_INFINITY);
    batch.add(at('1'), member('1'), start);
    expect(batch.getRemainingMs(start)).toBe(2_000);
    batch.add(at('2'), member('2'), start + 1_500);
    expect(batch.getRemainingMs(start + 1_500)).toBe(500);
  });

  it.each(['Purchase', 'Lead', 'SignUp'])('closes 500 ms after a %s', (name) => {
    const batch = new Batch('', max);
    batch.add(at('1'), member('1'), start);
    batch.add(at('2'), member('2', 100, name), start + 100);
    expect(batch.getRemainingMs(start)).toBe(600);
  });

  it('does not close later because of an urgent event', () => {
    const batch = new Batch('', max);
    batch.add(at('1'), member('1'), start);
    batch.add(at('2'), member('2', 100, 'Purchase'), start + 1_900);
    expect(batch.getRemainingMs(start)).toBe(2_000);
  });

  it('closes after 2 s or 5,000 records that need no request, so that the cursor moves', () => {
    const batch = new Batch('', max);
    batch.add(at(number(1)), skip(number(1)), start);
    expect(batch.getRemainingMs(start)).toBe(2_000);
    for (let index = 2; index < 5_000; index += 1) batch.add(at(number(index)), skip(number(index)), start);
    expect(batch.full).toBe(false);
    batch.add(at(number(5_000)), skip(number(5_000)), start);
    expect(batch.full).toBe(true);
    expect(batch.through).toBe(number(5_000));
  });

  it('sorts decisions into its plan', () => {
    const deadLetter = {
      offset: '4',
      cause: 'rejected',
      issues: [sampleIssue],
      eventName: 'a',
      eventId: 'b',
      bytes: new Uint8Array(),
      at: 1,
    } as const;
    const hold = { offset: '3', reason: 'hold', dueAt: 9, tries: 0 } as const;
    const batch = new Batch('0', max);
    batch.add(at('1'), member('1'), start);
    batch.add(at('2'), skip('2'), start);
    batch.add(at('3'), { hold }, start);
    batch.add(at('4'), { deadLetter }, start);
    expect(batch.plan()).toMatchObject({ through: '4', skips: [{ offset: '2' }], holds: [hold], deadLetters: [deadLetter] });
    expect(offsets(batch)).toEqual(['1']);
  });

  it('moves no cursor if it is made of deferred deliveries', () => {
    const batch = new Batch(undefined, max);
    batch.add(at('1'), member('1'), start);
    expect(batch.plan()).not.toHaveProperty('through');
  });

  describe('with groups', () => {
    const fill = (batch: Batch) => {
      for (const [offset, group] of [
        ['1', 'a'],
        ['2', 'b'],
        ['3', 'a'],
        ['4', 'c'],
      ] as const)
        batch.add(at(offset), member(offset, 100, 'Lead', group), start);
      return batch;
    };

    it('sends the group of the first event and defers the others, due at once', () => {
      const plan = fill(new Batch('0', max)).plan();
      expect(plan).toMatchObject({
        through: '4',
        holds: [
          { offset: '2', reason: 'retry', dueAt: start, tries: 0 },
          { offset: '4', reason: 'retry', dueAt: start, tries: 0 },
        ],
      });
      expect(plan.members.map(({ offset }) => offset)).toEqual(['1', '3']);
    });

    it('leaves deferred deliveries of other groups as they are', () => {
      const plan = fill(new Batch(undefined, max, 'leave')).plan();
      expect(plan.left).toEqual(new Set(['2', '4']));
      expect(plan.holds).toEqual([]);
      expect(plan.members.map(({ offset }) => offset)).toEqual(['1', '3']);
    });

    it('counts all groups towards its limits', () => {
      const batch = fill(new Batch('0', { records: 4, bytes: 900_000 }));
      expect(batch.full).toBe(true);
    });
  });
});

describe('a report that comes while its event is in an unfinished batch', () => {
  const first = buildRecord('1', buildEvent('a', { name: 'Purchase' }));
  const purchase = (offset: Offset) => ({
    member: { offset, eventName: 'Purchase', eventId: 'a', bytes: new Uint8Array(), text: '', size: 10, issues: [] },
  });

  it.each([
    ['a member', purchase('1')],
    ['a skip', { skip: { offset: '1', outcome: 'bot', issues: [] } }],
    [
      'a failed event',
      {
        deadLetter: {
          offset: '1',
          cause: 'rejected',
          issues: [sampleIssue],
          eventName: 'Purchase',
          eventId: 'a',
          bytes: new Uint8Array(),
          at: start,
        },
      },
    ],
  ] as const)('causes a new decision about the event: %s', (_, decision) => {
    const batch = new Batch('', { records: 10, bytes: 1_000 });
    batch.add(first, decision, start);
    batch.add({ offset: '2', at: start }, purchase('2'), start);
    expect(batch.setAside({ record: first, duplicates: 1 }, start + secondMs)).toBe(true);
    expect(batch.plan()).toMatchObject({
      members: [{ offset: '2' }],
      skips: [],
      deadLetters: [],
      holds: [{ offset: '1', reason: 'retry', dueAt: start + secondMs }],
    });
  });

  it('changes nothing if the batch knew the report', () => {
    const batch = new Batch('', { records: 10, bytes: 1_000 });
    batch.add(first, purchase('1'), start, { duplicates: 1 });
    expect(batch.setAside({ record: first, duplicates: 1 }, start)).toBe(true);
    expect(batch.plan().members).toHaveLength(1);
    expect(batch.setAside({ record: buildRecord('9', buildEvent('b')), duplicates: 1 }, start)).toBe(false);
  });
});
