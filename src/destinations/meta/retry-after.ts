import { z } from 'zod';
import type { HttpResponse } from '../kit/destination.ts';
import { parseJsonOrUndefined } from '../kit/response-body.ts';

const maxMinutes = 7 * 24 * 60;

const usageSchema = z.record(
  z.string(),
  z.array(
    z
      .object({ estimated_time_to_regain_access: z.number().min(0).max(maxMinutes).catch(0) })
      .catch({ estimated_time_to_regain_access: 0 }),
  ),
);

/**
 * Returns the seconds until Meta accepts requests again, as a text: from its usage header, which states minutes per business, else from
 * `Retry-After`, which Meta does not document.
 * @source https://developers.facebook.com/docs/marketing-api/overview/rate-limiting (2026-09-12)
 */
export function readRetryAfter(headers: HttpResponse['headers']): string | undefined {
  const { data } = usageSchema.safeParse(parseJsonOrUndefined(headers['x-business-use-case-usage'] ?? ''));
  const minutes = Object.values(data ?? {}).flatMap((uses) => uses.map((use) => use.estimated_time_to_regain_access));
  const longest = Math.max(0, ...minutes.slice(0, 1_000));
  return longest > 0 ? String(Math.ceil(longest * 60)) : headers['retry-after'];
}
