import { expect, test } from 'vitest';
import { getMaxEventAgeMs, lacksLateAccount } from './late-events.ts';
import { dayMs } from './units.ts';

const late = { id: 'bing', enabled: true, takesLate: true } as const;

test('the events of a site may be 90 days old if a connection that runs takes late purchases, else 7', () => {
  expect(getMaxEventAgeMs({ connections: [{ id: 'bing', enabled: true }] })).toBe(7 * dayMs);
  expect(getMaxEventAgeMs({ connections: [{ id: 'meta', enabled: true }, late] })).toBe(90 * dayMs);
  expect(getMaxEventAgeMs({ connections: [{ ...late, enabled: false }] })).toBe(7 * dayMs);
});

test('the events of a site may be 7 days old while no account can take late purchases', () => {
  const other = { ...late, id: 'other' };
  expect(getMaxEventAgeMs({ connections: [late], lateAccounts: [] })).toBe(7 * dayMs);
  expect(getMaxEventAgeMs({ connections: [late], lateAccounts: ['other'] })).toBe(7 * dayMs);
  expect(getMaxEventAgeMs({ connections: [late, other], lateAccounts: ['other'] })).toBe(90 * dayMs);
});

test('an event is too old by the account alone if the setting would take it', () => {
  const site = { connections: [late], lateAccounts: [] };
  expect([7, 8, 90, 91].map((days) => lacksLateAccount(site, days * dayMs))).toEqual([false, true, true, false]);
  expect(lacksLateAccount({ connections: [late], lateAccounts: ['bing'] }, 8 * dayMs)).toBe(false);
  expect(lacksLateAccount({ connections: [] }, 8 * dayMs)).toBe(false);
});
