import { describe, expect, it } from 'vitest';
import { describeNoChoice, getSourceLabel, summarizeDiagnosis } from './consent-labels.ts';

const diagnosis = { events: 200, stated: { granted: 120, denied: 30, unknown: 50 }, silentlyDenied: 0, sources: [], advice: [] };

describe('consent labels', () => {
  it('summarize the choices of the events', () => {
    expect(summarizeDiagnosis(diagnosis)).toBe(
      'The newest 200 browser events: 60% granted, 15% denied, 25% without a choice. None was denied by default.',
    );
  });

  it('report how many events were denied by default', () => {
    expect(summarizeDiagnosis({ ...diagnosis, silentlyDenied: 50 })).toContain(
      '50 events were denied by default, although the shopper did not decline.',
    );
    expect(summarizeDiagnosis({ ...diagnosis, silentlyDenied: 1 })).toContain(
      '1 event was denied by default, although the shopper did not decline.',
    );
  });

  it('have shares that sum to 100%, and show events denied by default as a part of those without a choice', () => {
    const found = { ...diagnosis, events: 1_000, stated: { granted: 805, denied: 133, unknown: 62 }, silentlyDenied: 20 };
    expect(summarizeDiagnosis(found)).toContain('81% granted, 13% denied, 6% without a choice.');
    expect(describeNoChoice(20)).toContain('20 events of these count as denied by default');
    expect(describeNoChoice(0)).toBe('Nothing was sent, or only a default');
  });

  it('report missing events', () => {
    expect(summarizeDiagnosis({ ...diagnosis, events: 0 })).toContain('No browser events');
  });

  it('name every source, and show unknown sources unchanged', () => {
    expect(getSourceLabel('gpc').name).toBe('Global Privacy Control');
    expect(getSourceLabel(undefined).name).toBe('None');
    expect(getSourceLabel('newer').name).toBe('newer');
  });
});
