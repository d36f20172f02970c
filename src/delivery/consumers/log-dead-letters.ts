import type { Logger } from '../../logger.ts';
import type { ConsumerId } from '../../storage/ports/consumer-id.ts';
import type { DeliveryCommit } from '../../storage/ports/consumers.ts';

/** Maximum lines of one commit, so that a batch of dead letters does not flood the logs. */
const maxLines = 20;

/** Logs the dead letters and expired events of a commit. Call it after the commit is durable. */
export function logDeadLetters(logger: Logger, consumer: ConsumerId, { deadLetters = [], expired }: DeliveryCommit): void {
  for (const { eventId, eventName: name, cause, issues } of deadLetters.slice(0, maxLines))
    logger.warn(
      { consumer, event: eventId, name, cause, why: issues.map(({ field, code }) => `${field} ${code}`) },
      'dead letter',
    );
  const more = deadLetters.length - maxLines;
  if (more > 0) logger.warn({ consumer, events: more }, 'more dead letters');
  if (expired) logger.warn({ consumer, events: expired.events }, 'events expired');
}
