import { describe, expect, it } from 'vitest';
import type { Event } from '../../event/event.ts';
import { hourMs, minuteMs } from '../../event/units.ts';
import { buildEvent, start } from '../delivery.fixture.ts';
import { findDenialIssues } from './find-denial-issues.ts';
import { assumedDenied, assumedGranted, browser, denied, granted, pending, server } from './merge-reports.fixture.ts';
import { mergeReports } from './merge-reports.ts';

describe('the choices about single uses across the reports', () => {
  const getUses = (reports: Parameters<typeof mergeReports>[0]) => {
    const { adUserData, adPersonalization } = mergeReports(reports).consent;
    return [adUserData, adPersonalization];
  };
  const allows = { ...granted, adUserData: 'granted', adPersonalization: 'granted' } as const;
  const refuses = { ...granted, adUserData: 'denied' } as const;

  it('a denial beats a grant, and a grant beats no statement', () => {
    expect(getUses([browser, { ...server, consent: refuses }])).toEqual(['denied', undefined]);
    expect(
      getUses([
        { ...browser, consent: refuses },
        { ...server, consent: allows },
      ]),
    ).toEqual(['denied', 'granted']);
    expect(getUses([{ ...server, consent: allows }, browser])).toEqual(['granted', 'granted']);
  });

  it("a browser's denial that came an hour from the shop's grant does not count", () => {
    const late = { ...browser, receivedAt: server.receivedAt + hourMs + 1, consent: refuses };
    expect(getUses([{ ...server, consent: allows }, late])).toEqual(['granted', 'granted']);
    expect(getUses([server, late])).toEqual(['denied', undefined]);
  });

  it('a denied event has none', () => {
    expect(
      getUses([
        { ...browser, consent: denied },
        { ...server, consent: allows },
      ]),
    ).toEqual([undefined, undefined]);
  });
});

describe('consent across the reports', () => {
  it.each([
    ['denied beats granted', granted, denied, denied],
    ['denied beats a silence that counts as granted', assumedGranted, denied, denied],
    ['denied beats waiting', pending, denied, denied],
    ['granted beats waiting', pending, granted, granted],
    ['granted beats a silence that counts as denied', assumedDenied, granted, granted],
    ['granted beats a silence that counts as granted', assumedGranted, granted, granted],
    ['a verdict of denial beats waiting', pending, assumedDenied, assumedDenied],
    ['a verdict of denial beats a verdict of grant', assumedGranted, assumedDenied, assumedDenied],
    ['a verdict of grant beats waiting', pending, assumedGranted, assumedGranted],
    ['waiting stays waiting', pending, pending, pending],
    ['denied stays denied', denied, denied, denied],
  ] as const)('%s, whoever reports first', (_, one, other, expected) => {
    expect(
      mergeReports([
        { ...browser, consent: one },
        { ...server, consent: other },
      ]).consent,
    ).toEqual(expected);
    expect(
      mergeReports([
        { ...browser, consent: other },
        { ...server, consent: one },
      ]).consent,
    ).toEqual(expected);
  });

  const stripped = buildEvent('ord-1', {
    name: 'Purchase',
    reporter: 'browser',
    consent: denied,
    deniedId: '9'.repeat(32),
    page: { url: 'https://shop.example/thanks' },
    commerce: { value: 5, currency: 'USD' },
  });

  it.each([
    ['as a duplicate', [server, stripped]],
    ['as the primary report', [stripped, server]],
  ] as const)("a denied report removes the other reports' personal data, %s", (_, reports) => {
    const merged = mergeReports([...reports]);
    expect(merged.identity).toEqual({ forms: {}, clickIds: {} });
    expect(merged).toMatchObject({ client: {}, properties: {}, goal: {}, deniedId: '9'.repeat(32) });
    expect(merged.page).toEqual({ url: 'https://shop.example/api', referrer: 'https://search.example/' });
    expect(merged.commerce).toEqual(server.commerce);
    expect(merged).toMatchObject({ name: 'Purchase', id: 'ord-1', reporter: reports[0].reporter, time: server.time });
  });

  it('a redacted report that a grant outweighs adds nothing, not even its one-time id', () => {
    const merged = mergeReports([{ ...stripped, consent: assumedDenied }, server]);
    expect(merged.consent).toEqual({ stated: 'granted', effective: 'granted' });
    expect(merged.deniedId).toBeUndefined();
    expect(merged.commerce).toEqual(server.commerce);
    expect(merged.identity.anonymousId).toBe('visitor-server');
  });
});

describe("a browser's denial with a grant of the shop", () => {
  const denial = (receivedAt: number): Event => ({ ...browser, consent: denied, receivedAt });
  const sale: Event = { ...server, consent: granted, receivedAt: start };

  it.each([
    ['an hour before', start - hourMs, 'denied'],
    ['an hour after', start + hourMs, 'denied'],
    ['a millisecond over an hour before', start - hourMs - 1, 'granted'],
    ['a millisecond over an hour after', start + hourMs + 1, 'granted'],
    ['400 days before', start - 400 * 24 * hourMs, 'granted'],
  ])('received %s leaves the event %s', (_, receivedAt, expected) => {
    for (const reports of [[denial(receivedAt), sale] as const, [sale, denial(receivedAt)] as const]) {
      expect(mergeReports(reports).consent.effective).toBe(expected);
      expect(findDenialIssues(reports, true).map(({ code }) => code)).toEqual(expected === 'denied' ? ['consent-differs'] : []);
    }
  });

  it('counts at any time if the shop states nothing', () => {
    for (const consent of [pending, assumedGranted])
      expect(mergeReports([denial(start - 30 * 24 * hourMs), { ...sale, consent }]).consent).toEqual(denied);
  });

  it('adds nothing once it does not count', () => {
    const merged = mergeReports([denial(start - 2 * hourMs), sale]);
    expect(merged.identity.forms).toEqual(server.identity.forms);
    expect(merged.identity.browserIds).toEqual(server.identity.browserIds);
    expect(merged.page.title).toBeUndefined();
  });

  it("counts against a webhook within the hour, although the server's report came later", () => {
    const webhook: Event = { ...sale, reporter: 'webhook', receivedAt: start - hourMs };
    expect(mergeReports([denial(start - hourMs - minuteMs), webhook, sale]).consent.effective).toBe('denied');
  });
});
