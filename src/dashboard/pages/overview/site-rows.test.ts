import { describe, expect, it } from 'vitest';
import { arranged, type SiteRow } from './site-rows.ts';
import type { Verdict } from './verdict.ts';

const row = (id: string, level: Verdict['level'], received: number, name = id): SiteRow => ({
  id,
  name,
  verdict: { level, says: '' },
  needs: level === 'hand' ? [{ level: 'problem', says: '' }] : [],
  today: { received, copies: 0, refused: 0, connections: [] },
  received,
  accepted: 0,
  skipped: 0,
  waiting: 0,
  dead: 0,
  lost: 0,
  missing: 0,
  before: 0,
});
const rows = [row('zebra', 'working', 5), row('ant', 'working', 500), row('bee', 'hand', 1), row('cat', 'quiet', 0, 'The Cat')];
const ids = (found: readonly SiteRow[]) => found.map(({ id }) => id);

describe('the list of sites', () => {
  it('has those in trouble first, then those that are quiet', () => {
    expect(ids(arranged(rows, '', { by: 'state', isDown: false }))).toEqual(['bee', 'cat', 'ant', 'zebra']);
  });

  it('is sorted by a figure, either way', () => {
    expect(ids(arranged(rows, '', { by: 'received', isDown: true }))).toEqual(['ant', 'zebra', 'bee', 'cat']);
    expect(ids(arranged(rows, '', { by: 'received', isDown: false }))).toEqual(['cat', 'bee', 'zebra', 'ant']);
  });

  it('is searched by name and id in any case', () => {
    expect(ids(arranged(rows, ' the c', { by: 'name', isDown: false }))).toEqual(['cat']);
    expect(ids(arranged(rows, 'EB', { by: 'name', isDown: false }))).toEqual(['zebra']);
  });
});
