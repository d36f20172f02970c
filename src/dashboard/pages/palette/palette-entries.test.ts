import { describe, expect, it } from 'vitest';
import { filterEntries, listEntries, type PaletteFacts } from './palette-entries.ts';

const connections = [
  { id: 'bing', destination: 'microsoft', origin: 'file', enabled: true, settings: {}, secrets: [], isLive: true },
] as const;
const site = (id: string, name: string) => ({ id, name, connections: [...connections] });
const facts: PaletteFacts = {
  sites: [site('shop', 'Clockwork'), site('rival', 'Rival')],
  site: site('shop', 'Clockwork'),
  names: { bing: 'Microsoft Advertising' },
  states: [
    { site: 'shop', id: 'bing', health: 'healthy' },
    { site: 'rival', id: 'bing', health: 'healthy' },
  ],
  isOwner: true,
  isOwnerOfAny: true,
  isEditor: true,
};
const labels = (changed: Partial<PaletteFacts> = {}, query = '') =>
  filterEntries(listEntries({ ...facts, ...changed }), query).map(({ label }) => label);

describe('the entries of the palette', () => {
  it('are the pages, the connections, their actions and the sites', () => {
    expect(labels()).toEqual(
      expect.arrayContaining([
        'Events',
        'Microsoft Advertising',
        'Pause Microsoft Advertising…',
        'Clockwork',
        'Rival',
        'Accounts',
      ]),
    );
    expect(new Set(listEntries(facts).map(({ id }) => id)).size).toBe(listEntries(facts).length);
  });

  it('leave out what the role does not allow', () => {
    expect(labels({ isEditor: false }).filter((label) => label.endsWith('…'))).toEqual([]);
    const viewer = labels({ isEditor: false, isOwner: false, isOwnerOfAny: false });
    for (const page of ['Privacy', 'Accounts', 'Activity', 'Add a connection']) expect(viewer).not.toContain(page);
  });

  it('act on the connections of the shown site alone, as their state allows', () => {
    const state = { site: 'shop', id: 'bing', health: 'paused', pausedSince: 1 };
    const act = (states: PaletteFacts['states']) => labels({ states }).filter((label) => label.endsWith('…'));
    expect(act([state])).toEqual([
      'Resume Microsoft Advertising…',
      'Test Microsoft Advertising…',
      'Replay events to Microsoft Advertising…',
    ]);
    expect(act([{ ...state, health: 'disabled' }])).toEqual([]);
    expect(act([{ ...state, site: 'rival' }])).toEqual([]);
  });

  it('have no page of a site on a page over several sites', () => {
    expect(labels({ site: undefined })).toEqual([
      'Overview',
      'Sites',
      'Issues',
      'Alert settings',
      'Activity',
      'Your account',
      'Accounts',
      'Clockwork',
      'Rival',
    ]);
  });

  it('are found by all words of a query, in any order, those that begin with the first word first', () => {
    expect(labels({}, 'microsoft pause')).toEqual(['Pause Microsoft Advertising…']);
    expect(labels({}, 'acc')).toEqual(['Accuracy', 'Accounts', 'Your account']);
    expect(labels({}, 'nothing has this')).toEqual([]);
  });
});
