import { expect, test } from 'vitest';
import { getMaxEventAgeMs } from './late-events.ts';
import { dayMs } from './units.ts';

test('the events of a site may be 90 days old if a connection that runs takes late purchases, else 7', () => {
  const late = { enabled: true, takesLate: true } as const;
  expect(getMaxEventAgeMs({ connections: [{ enabled: true }] })).toBe(7 * dayMs);
  expect(getMaxEventAgeMs({ connections: [{ enabled: true }, late] })).toBe(90 * dayMs);
  expect(getMaxEventAgeMs({ connections: [{ ...late, enabled: false }] })).toBe(7 * dayMs);
});
