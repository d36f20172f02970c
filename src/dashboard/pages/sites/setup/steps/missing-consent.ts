import type { ApiResponse } from '../../../../../api/client.ts';

export type ServerConsent = ApiResponse<'GET /api/sites/:site/checklist'>['serverConsent'];

const effects = {
  granted: 'counts as granted, and is sent',
  pending: "waits 90 seconds for the visitor's choice, and is then skipped as denied",
  denied: 'counts as denied, and is not sent',
} as const satisfies Record<ServerConsent, string>;

/** Describes the effect of missing consent on a subject, such as "An event without `consent`". */
export function describeMissingConsent(subject: string, serverConsent: ServerConsent): string {
  return `${subject} and without a country ${effects[serverConsent]}.`;
}
