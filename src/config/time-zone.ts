import { z } from 'zod';

const rule = 'Must be the name of a time zone, such as `Europe/Berlin`.';

export const timeZoneSchema = z.string(rule).refine(isTimeZone, rule);

function isTimeZone(name: string): boolean {
  // An offset such as `+02:00` is no zone: its days do not follow the clocks.
  if (!/^[a-z]/i.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
