import { describe, expect, it } from 'vitest';
import { acme } from '../../../destinations/kit/acme.fixture.ts';
import { microsoft } from '../../../destinations/microsoft/microsoft.ts';
import { shop } from '../../../ingest/site.fixture.ts';
import { at, getStep, seen, silent } from './checklist.fixture.ts';
import { bySource } from './checklist.ts';
import { connectionSteps } from './connection-steps.ts';
import { eventSteps } from './event-steps.ts';
import type { ObservedEvents } from './observed-events.ts';
import { wayInSteps } from './way-in-steps.ts';

describe('the checklist of a site without an event', () => {
  const steps = eventSteps({ site: { ...shop, platform: 'shopify' }, platforms: [microsoft], observed: [], viewsOfTags: {} });

  it('has only waiting and optional steps', () => {
    expect(new Set(steps.map(({ state }) => state))).toEqual(new Set(['waiting', 'optional']));
    expect(steps.every((step) => !('at' in step))).toBe(true);
  });

  it('describes each step in full sentences, with a page of the docs', () => {
    for (const { says, guide } of steps) {
      expect(says).toMatch(/^[A-Z].*\.$/);
      expect(guide).toMatch(/^guides\//);
    }
    expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length);
  });
});

describe('the steps that link to a guide about something else', () => {
  it.each(['microsoft-tag-mode', 'copies-joined', 'purchase-seen'])('do not prove the guide: %s', (id) => {
    const observed = [seen('PageView'), seen('Purchase', { reporters: ['browser', 'server'] })];
    const step = getStep(id, observed);
    expect(step).toMatchObject({ state: 'done', guide: expect.any(String) });
    expect(step).not.toHaveProperty('provesGuide');
  });
});

describe('the events of each source', () => {
  it('count an event for each of its sources, and no test event', () => {
    const observed = [
      seen('Purchase', { reporters: ['browser', 'webhook'], last: at - 5 }),
      seen('PageView', { events: 2, consent: silent }),
      seen('convey_test', { reporters: ['server'] }),
    ];
    expect(bySource(observed)).toEqual([
      { source: 'browser', count: 5, withoutConsent: 2, lastAt: at },
      { source: 'webhook', count: 3, withoutConsent: 0, lastAt: at - 5 },
    ]);
  });
});

describe('the step of pixel events', () => {
  const way = { reports: 3, undecided: 0, lastAt: at };
  const segment = { reporter: 'browser', via: 'segment', ...way } as const;
  const step = (ways: NonNullable<ObservedEvents['ways']>) => {
    const steps = eventSteps({ site: shop, platforms: [], observed: [seen('PageView')], ways, viewsOfTags: {} });
    return steps.find(({ id }) => id === 'pixel-seen');
  };

  it("is not done by the events of Segment's SDKs", () => {
    const says = 'The pixel sent no event. Reports came from the browser by a Segment SDK.';
    expect(step([segment])).toMatchObject({ state: 'optional', says });
    expect(step([segment, { reporter: 'browser', ...way }])).toMatchObject({ state: 'done' });
  });
});

describe('the step of server events', () => {
  const way = { reporter: 'server', reports: 3, undecided: 0, lastAt: at } as const;
  const imported = { ...way, via: 'import' } as const;
  const step = (ways: NonNullable<ObservedEvents['ways']>) => {
    const observed = [seen('Purchase', { reporters: ['server'] })];
    const steps = eventSteps({ site: shop, platforms: [], observed, ways, viewsOfTags: {} });
    return steps.find(({ id }) => id === 'server-seen');
  };

  it('is not done by the events of an import', () => {
    expect(step([imported])).toMatchObject({ state: 'optional', says: expect.stringMatching(/^Only an import/) });
    for (const other of [way, { ...way, reporter: 'webhook' }, { ...way, via: 'segment' }] as const)
      expect(step([imported, other])).toMatchObject({ state: 'done' });
  });
});

describe('the steps of other ways in', () => {
  it('are done by an import, also when it is over', () => {
    const way = { reporter: 'server', via: 'import', reports: 0, undecided: 0, lastAt: at } as const;
    expect(wayInSteps([way])).toMatchObject([{ id: 'way-in-server-import', title: 'Reports of an import', state: 'done', at }]);
  });

  it('are done by reports of the last day, and absent for the own way of a source', () => {
    const way = { reporter: 'server', via: 'segment', reports: 2, undecided: 0, lastAt: at } as const;
    const title = 'Reports of the server by a Segment SDK';
    expect(
      wayInSteps([
        way,
        { ...way, reporter: 'browser', reports: 0 },
        { reporter: 'browser', reports: 1, undecided: 0, lastAt: at },
      ]),
    ).toMatchObject([
      { id: 'way-in-server-segment', group: 'server', title, state: 'done', at },
      {
        id: 'way-in-browser-segment',
        group: 'pixel',
        state: 'waiting',
        says: expect.stringMatching(/^No report of the browser by a Segment SDK/),
      },
    ]);
  });
});

describe('the checklist of a site that sends to another platform', () => {
  it("has no step about Microsoft's tag, click id or guides", () => {
    const entry = { id: 'ads', destination: 'acme', enabled: true, settings: {}, origin: 'file' } as const;
    const steps = [
      ...eventSteps({ site: shop, platforms: [acme], observed: [], viewsOfTags: {} }),
      ...connectionSteps([{ entry: { ...entry, secrets: [] } }], [acme]),
    ];
    expect(steps.map(({ id }) => id)).not.toContain('microsoft-tag-mode');
    expect(JSON.stringify(steps)).not.toMatch(/microsoft|msclkid|uet/i);
  });
});
