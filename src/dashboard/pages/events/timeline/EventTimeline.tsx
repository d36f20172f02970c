import { Text } from '@mantine/core';
import type { TimelineView } from '../../../../api/client.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { useConnectionNames } from '../../../data/use-destination.ts';
import { useSite } from '../../../data/use-site.ts';
import styles from '../Event.module.css';
import { goneLabels } from '../event-labels.ts';
import { Checklists } from './Checklist.tsx';
import { DeliveryStep } from './DeliveryStep.tsx';
import { EventMatrix } from './EventMatrix.tsx';
import { AcceptedStep, IdentityStep, ReceivedStep } from './IngestSteps.tsx';
import { ShopperEvents } from './ShopperEvents.tsx';
import { TimelineStep } from './TimelineStep.tsx';

interface EventTimelineProps {
  readonly timeline: TimelineView;
  readonly eventId: string;
  /** Distinguishes it from other events with the same id. */
  readonly name?: string | undefined;
  /** The connection of the list that led to the event. */
  readonly asked: string | undefined;
}

/** Shows all steps of an event, in order. */
export function EventTimeline({ timeline, eventId, name, asked }: EventTimelineProps) {
  const { id: site } = useSite();
  const { event, reason = 'erased', says = '', record, copies, connections: deliveries } = timeline;
  const names = useConnectionNames();
  const explained = deliveries.filter(({ checks }) => checks.length > 0);
  return (
    <div className={styles.layout}>
      <div className={styles.matrix}>
        <EventMatrix site={site} eventId={event ? eventId : undefined} deliveries={deliveries} asked={asked} />
      </div>
      <div className={styles.aside}>
        <Checklists site={site} name={name} deliveries={explained} asked={asked} />
        {event && <ShopperEvents site={site} offset={event.offset} />}
      </div>
      <Panel>
        <ol className={styles.story}>
          {event ? (
            <>
              <ReceivedStep report={event} />
              <AcceptedStep report={event} />
            </>
          ) : (
            <>
              {record && (
                <TimelineStep
                  icon="pulse"
                  title={record.reportedBy ? `Received from ${record.reportedBy}` : 'Received'}
                  at={record.receivedAt}
                />
              )}
              <TimelineStep icon="trash" title={goneLabels[reason]}>
                <Text size="sm" c="dimmed">
                  <InlineCode text={says} />
                </Text>
              </TimelineStep>
            </>
          )}
          {copies.map((copy) => (
            <ReceivedStep key={copy.offset} report={copy} isCopy />
          ))}
          {event && <IdentityStep {...timeline} />}
          {deliveries.map((delivery) => (
            <DeliveryStep
              key={delivery.connection}
              site={site}
              name={names[delivery.connection] ?? `${delivery.platform} (${delivery.connection})`}
              eventId={event ? eventId : undefined}
              delivery={delivery}
              isOneOfSeveral={deliveries.length > 1}
            />
          ))}
        </ol>
      </Panel>
    </div>
  );
}
