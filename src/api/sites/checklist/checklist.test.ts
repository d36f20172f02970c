import { describe, expect, it } from 'vitest';
import { acme } from '../../../destinations/kit/acme.fixture.ts';
import { microsoft } from '../../../destinations/microsoft/microsoft.ts';
import { shop } from '../../../ingest/site.fixture.ts';
import { at, getStep, seen, silent } from './checklist.fixture.ts';
import { bySource } from './checklist.ts';
import { connectionSteps } from './connection-steps.ts';
import { eventSteps } from './event-steps.ts';

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
