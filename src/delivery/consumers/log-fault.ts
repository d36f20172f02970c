import { describeError, type Logger } from '../../logger.ts';
import type { ConsumerId } from '../../storage/store/consumer-id.ts';
import { LeaseLostError } from '../../storage/store/consumers.ts';

/** Logs an error that ended a step of a consumer. A lost lease is no crash. */
export function logFault(logger: Logger, consumer: ConsumerId, error: unknown): void {
  const event = error instanceof LeaseLostError ? 'lease lost' : 'consumer crashed';
  logger.error({ consumer, error: describeError(error) }, event);
}
