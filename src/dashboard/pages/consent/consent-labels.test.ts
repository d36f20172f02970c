import { describe, expect, it } from 'vitest';
import { getSourceLabel, summarizeDiagnosis } from './consent-labels.ts';

const diagnosis = { events: 200, stated: { granted: 120, denied: 30, unknown: 50 }, silentlyDenied: 0, sources: [], advice: [] };

describe("the doctor's finding", () => {
  it('says what came with the events', () => {
    expect(summarizeDiagnosis(diagnosis)).toBe(
      'Of the newest 200 events of browsers, 60% came with a yes, 15% with a no, and 25% without a choice. None was denied by silence.',
    );
  });

  it('says how many were denied by silence alone', () => {
    expect(summarizeDiagnosis({ ...diagnosis, silentlyDenied: 50 })).toContain(
      '50 events count as denied although nobody said no.',
    );
    expect(summarizeDiagnosis({ ...diagnosis, silentlyDenied: 1 })).toContain(
      '1 event counts as denied although nobody said no.',
    );
  });

  it('claims nothing without events', () => {
    expect(summarizeDiagnosis({ ...diagnosis, events: 0 })).toContain('nothing can be said');
  });

  it('has a name for every source, and shows an unknown one as it is called', () => {
    expect(getSourceLabel('gpc').name).toBe('Global Privacy Control');
    expect(getSourceLabel(undefined).name).toBe('Nobody');
    expect(getSourceLabel('newer').name).toBe('newer');
  });
});
