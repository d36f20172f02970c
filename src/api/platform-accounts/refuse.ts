import type { PlatformFailure } from '../../platform-accounts/account-platform.ts';
import { ApiErrorResult } from '../http/api-errors.ts';

/** Returns the error of a request that the platform did not fulfil. */
export function refuse({ code, message, trackingId }: PlatformFailure): ApiErrorResult<'platform-refused'> {
  const support = trackingId === undefined ? '' : ` Tracking id: ${trackingId}.`;
  return new ApiErrorResult('platform-refused', [{ field: '', code, message: `${message}${support}` }]);
}

/** Returns the documented members of a failure alone. */
export function toFailure({ code, message, trackingId }: PlatformFailure): PlatformFailure {
  return { code, message, ...(trackingId !== undefined && { trackingId }) };
}
