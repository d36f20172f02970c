import type { Logger } from '../../logger.ts';
import type { ConsumerId, DeliveryCommit } from '../../storage/store/store.ts';

/** Lines of one step: a batch that is refused whole must not drown the rest. */
const maxLines = 20;

/** Says in the log which events became dead letters by a step, and why. Once it is durable. */
export function logDeadLetters(logger: Logger, consumer: ConsumerId, { deadLetters = [], expired }: DeliveryCommit): void {
  for (const { eventId, eventName: name, cause, issues } of deadLetters.slice(0, maxLines))
    logger.warn(
      { consumer, event: eventId, name, cause, why: issues.map(({ field, code }) => `${field} ${code}`) },
      'dead letter',
    );
  const more = deadLetters.length - maxLines;
  if (more > 0) logger.warn({ consumer, events: more }, 'more dead letters: see `convey dead-letters list`');
  if (expired) logger.warn({ consumer, events: expired.events }, 'events expired before the connection came to them');
}
