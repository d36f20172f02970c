import { Text } from '@mantine/core';
import type { ConnectionView, TimelineView } from '../../../../api/client.ts';
import { Panel } from '../../../components/layout/Panel.tsx';
import { useSite } from '../../../data/use-site.ts';
import { MicrosoftChecklist } from '../checklist/MicrosoftChecklist.tsx';
import { checkMicrosoftConversion } from '../checklist/microsoft-checklist.ts';
import styles from '../Event.module.css';
import { DeliveryStep } from './DeliveryStep.tsx';
import { AcceptedStep, IdentityStep, ReceivedStep } from './IngestSteps.tsx';
import { TimelineStep } from './TimelineStep.tsx';

interface EventTimelineProps {
  readonly timeline: TimelineView;
  readonly eventId: string;
  readonly connections: readonly ConnectionView[] | undefined;
  /** Distinguishes it from other events with the same id. */
  readonly name?: string | undefined;
}

/** Shows all steps of an event, in order. */
export function EventTimeline({ timeline, eventId, connections, name }: EventTimelineProps) {
  const { id: site, connections: settings } = useSite();
  const { event, copies, recalled, missing, connections: deliveries } = timeline;
  const toMicrosoft = deliveries.filter(({ connection }) =>
    settings.some(({ id, destination }) => id === connection && destination === 'microsoft'),
  );
  return (
    <div className={styles.layout}>
      <Panel>
        <ol className={styles.story}>
          {event ? (
            <>
              <ReceivedStep report={event} />
              <AcceptedStep report={event} context={timeline} />
            </>
          ) : (
            <TimelineStep icon="trash" title="Erased">
              <Text size="sm" c="dimmed">
                The data was erased. The delivery history remains.
              </Text>
            </TimelineStep>
          )}
          {copies.map((copy) => (
            <ReceivedStep key={copy.offset} report={copy} isCopy />
          ))}
          {event && <IdentityStep recalled={recalled} missing={missing} />}
          {deliveries.map((delivery) => (
            <DeliveryStep
              key={delivery.connection}
              site={site}
              name={formatConnectionName(delivery.connection, settings)}
              eventId={event ? eventId : undefined}
              delivery={delivery}
              context={timeline}
            />
          ))}
        </ol>
      </Panel>
      <div className={styles.aside}>
        {toMicrosoft.map((delivery) => {
          const { connection } = delivery;
          const { tagId } = settings.find(({ id }) => id === connection)?.settings ?? {};
          const checks = checkMicrosoftConversion({
            timeline,
            delivery,
            connection: connections?.find((one) => one.site === site && one.id === connection),
            tagId: typeof tagId === 'string' ? tagId : undefined,
            now: Date.now(),
          });
          const suffix = [name, ...(toMicrosoft.length > 1 ? [connection] : [])].filter((part) => part !== undefined).join(', ');
          return (
            <MicrosoftChecklist
              key={connection}
              title={`Why is this event not in Microsoft?${suffix === '' ? '' : ` (${suffix})`}`}
              checks={checks}
              site={site}
            />
          );
        })}
      </div>
    </div>
  );
}

const platformNames: Readonly<Record<string, string>> = { microsoft: 'Microsoft Advertising' };

function formatConnectionName(
  connection: string,
  settings: readonly { readonly id: string; readonly destination: string }[],
): string {
  const destination = settings.find(({ id }) => id === connection)?.destination;
  const platform =
    destination !== undefined && Object.hasOwn(platformNames, destination) ? platformNames[destination] : destination;
  return platform === undefined ? connection : `${platform}: ${connection}`;
}
