import type { Found } from './plan.ts';

/** Whether the shop's own systems made the report. Anybody who knows the public write key can forge a browser's. */
function isTrustedReporter(reporter: string | undefined): boolean {
  return reporter === 'server' || reporter === 'webhook';
}

/** Whether a server or webhook reported the event. Without a readable report, the record's key decides. */
export function isTrusted({ record, event }: Pick<Found, 'record' | 'event'>): boolean {
  return event ? event.reporters.some(isTrustedReporter) : isTrustedReporter(record.key.split('\u001f')[2]);
}
