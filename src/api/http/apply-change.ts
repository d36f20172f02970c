import { ConveyError } from '../../errors.ts';
import { ChangeNotAppliedError } from '../../sites/running-sites.ts';
import type { ChangeRejection } from '../../sites/site-input.ts';
import { type ApiErrorCode, ApiErrorResult } from './api-errors.ts';

/** Returns the response of a change, or the error of a rejected one. */
export async function applyChange<Done, Code extends ApiErrorCode, Response>(
  change: Promise<Done | ChangeRejection<Code>>,
  toResponse: (result: Done) => Response,
): Promise<Response | ApiErrorResult<Code | 'not-applied' | 'secrets-key-unusable'>> {
  try {
    const result = await change;
    return isRejected(result) ? new ApiErrorResult(result.refused, result.issues) : toResponse(result);
  } catch (error) {
    if (error instanceof ChangeNotAppliedError) return new ApiErrorResult('not-applied');
    if (error instanceof ConveyError) return new ApiErrorResult('secrets-key-unusable');
    throw error;
  }
}

/** Returns the result of a change that encrypts, or the error of an unusable key. */
export async function guardKey<Done>(change: Promise<Done>): Promise<Done | ApiErrorResult<'secrets-key-unusable'>> {
  try {
    return await change;
  } catch (error) {
    if (error instanceof ConveyError) return new ApiErrorResult('secrets-key-unusable');
    throw error;
  }
}

function isRejected<Done, Code extends string>(result: Done | ChangeRejection<Code>): result is ChangeRejection<Code> {
  return typeof result === 'object' && result !== null && 'refused' in result;
}
