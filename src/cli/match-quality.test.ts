import { describe, expect, it } from 'vitest';
import { matchQuality } from '../api/connections/match-quality.ts';
import { acme } from '../destinations/kit/acme.fixture.ts';
import { microsoft } from '../destinations/microsoft/microsoft.ts';
import type { MatchCount } from '../storage/ports/match-counts.ts';
import { formatMatchQuality } from './match-quality.ts';

const { keys } = microsoft.matching;
const view = {
  site: 'shop',
  connection: 'bing',
  platform: 'Microsoft Advertising',
  timeZone: 'Europe/Berlin',
  since: '2026-11-24',
  until: '2026-11-24',
};
const shown = (...counts: readonly MatchCount[]) => formatMatchQuality({ ...view, ...matchQuality(counts, keys) }).split('\n');

describe('the match quality report', () => {
  it('shows neither 100% for an incomplete share nor 0% for a small one', () => {
    const lacked = { msclkid: { 'no-click': 1 }, email: { anonymous: 299 } };
    const lines = shown({
      day: view.since,
      eventName: 'Lead',
      delivered: 300,
      had: { msclkid: 299, email: 1, phone: 300 },
      lacked,
    });
    expect(lines[2]).toMatch(/^Lead {6}300 {5}>99% {4}<1% {3}100% {7}0%/);
    expect(lines).toContain(' <1%  no-click');
    expect(lines).toContain('>99%  anonymous');
    expect(lines).not.toContain('phone: missing in 0 of 300');
  });

  it('stays within 80 columns when names and reasons are long', () => {
    const lines = shown({
      day: view.since,
      eventName: `\u001b[31m${'x'.repeat(90)}`,
      delivered: 123_456,
      had: {},
      lacked: { email: { [`\u001b[2J${'y'.repeat(300)}`]: 1 } },
    });
    for (const line of lines.slice(1))
      expect(line.replaceAll('\u001b[2m', '').replaceAll('\u001b[22m', '').length).toBeLessThanOrEqual(80);
    for (const hostile of ['\u001b[31m', '\u001b[2J']) expect(lines.join('\n')).not.toContain(hostile);
  });

  it("shows another platform's own keys, in further tables if they are many", () => {
    const count = { day: view.since, eventName: 'Lead', delivered: 2, had: { ref: 1 }, lacked: { ref: { 'no-click': 1 } } };
    const ofAcme = formatMatchQuality({ ...view, ...matchQuality([count], acme.matching.keys) });
    expect(ofAcme).toMatch(/^event +events +ref +mail +device +net$/m);
    expect(ofAcme).toContain('ref: missing in 1 of 2');
    expect(ofAcme.replace(/\s+/g, ' ')).toContain('check that no redirect removes `acmeclid`.');
    const many = Array.from({ length: 20 }, (_, at) => ({ ...acme.matching.keys[0], key: `key-${at}` }) as (typeof keys)[number]);
    const tables = formatMatchQuality({ ...view, ...matchQuality([count], many) }).split('\n');
    expect(tables.filter((line) => line.startsWith('event ')).length).toBe(3);
    expect(tables.filter((line) => line.includes('key-19'))).not.toEqual([]);
    for (const line of tables.slice(1)) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('reports that every event had every key', () => {
    const had = { msclkid: 1, email: 1, phone: 1, visitor: 1, 'external-id': 1, address: 1, agent: 1 };
    expect(shown({ day: view.since, eventName: 'Lead', delivered: 1, had, lacked: {} }).at(-1)).toBe(
      'Every event had every key.',
    );
  });

  it('lists the delivered events when none has the requested name', () => {
    const one = (eventName: string, delivered: number) => ({ day: view.since, eventName, delivered, had: {}, lacked: {} });
    const all = { ...view, ...matchQuality([one('Lead', 1), one('\u001b[31mOdd', 3), one('Purchase', 2)], keys) };
    const text = formatMatchQuality(all, 'nope').replace(/\s+/g, ' ');
    expect(text).toContain('No such event was delivered in this period. Delivered events: \ufffd[31mOdd, Purchase, Lead.');
    expect(text).not.toContain('send-test');
    expect(formatMatchQuality(all, 'lead')).toMatch(/\nLead +1 /);
    const many = {
      ...view,
      ...matchQuality(
        Array.from({ length: 30 }, (_, at) => one(`E${at}`, 1)),
        keys,
      ),
    };
    expect(formatMatchQuality(many, 'nope')).toMatch(/\sand 10\s+more\.$/);
    expect(formatMatchQuality({ ...view, ...matchQuality([], keys) }, 'nope')).toContain('send-test');
  });
});
