import { Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { EventStepState, EventStepView, TimelineView } from '../../../../api/client.ts';
import { InlineCode } from '../../../components/display/InlineCode.tsx';
import { Panel } from '../../../components/layout/Panel.tsx';
import { RouterAnchor } from '../../../components/layout/router-links.tsx';
import { useConnectionNames } from '../../../data/use-destination.ts';
import styles from './EventMatrix.module.css';
import { findOpenStep, stepLabels, stepNames, toStepKey } from './open-step.ts';
import { ReplayEvent } from './ReplayEvent.tsx';

type Delivery = TimelineView['connections'][number];

const stateLabels = {
  done: 'Yes',
  failed: 'Failed',
  waiting: 'Waiting',
  skipped: 'Skipped',
  unknown: 'Unknown',
  'not-applicable': 'Does not apply',
  none: 'Not reached',
} as const satisfies Record<EventStepState, string>;

/** Each state has a shape of its own, since colours alone do not reach everybody. On a 16 × 16 grid. */
const paths = {
  done: 'm3 8.500 3.200 3.200L13 5',
  failed: 'm4 4 8 8M12 4l-8 8',
  waiting: 'M8 4v4l3 2M8 1.500a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13',
  skipped: 'M3 8h10',
  unknown: 'M6 6a2 2 0 1 1 2.800 1.800c-.6.3-.8.7-.8 1.400M8 12v.1',
  'not-applicable': 'm4.500 11.500 7-7',
  none: 'M8 8v.1',
} as const satisfies Record<EventStepState, string>;

interface EventMatrixProps {
  readonly site: string;
  /** Undefined if the event was erased, so that it cannot be sent again. */
  readonly eventId: string | undefined;
  readonly deliveries: readonly Delivery[];
  /** The connection of the list that led to the event, whose step opens first. */
  readonly asked: string | undefined;
}

/** Shows how far the event came on its way to each platform. The step that needs attention is open. */
export function EventMatrix({ site, eventId, deliveries, asked }: EventMatrixProps) {
  const names = useConnectionNames();
  const [chosen, setChosen] = useState<string>();
  const open = chosen ?? findOpenStep(deliveries, asked);
  if (deliveries.length === 0) return null;
  const shown = deliveries.flatMap((delivery) =>
    delivery.steps.filter(({ step }) => toStepKey(delivery, step) === open).map((step) => ({ delivery, step })),
  )[0];
  return (
    <Panel title="Way to the platforms">
      <div className={styles.scroll}>
        <table className={styles.matrix}>
          <thead>
            <tr>
              <th scope="col">Platform</th>
              {stepNames.map((name) => (
                <th key={name} scope="col">
                  {stepLabels[name]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {deliveries.map((delivery) => (
              <tr key={delivery.connection}>
                <th scope="row">{names[delivery.connection] ?? delivery.platform}</th>
                {delivery.steps.map(({ step, state, message }) => (
                  <td key={step}>
                    <button
                      type="button"
                      className={styles.cell}
                      data-state={state}
                      aria-pressed={toStepKey(delivery, step) === open}
                      title={message}
                      onClick={() => setChosen(toStepKey(delivery, step))}
                    >
                      <svg viewBox="0 0 16 16" width={16} height={16} aria-hidden>
                        <path d={paths[state]} />
                      </svg>
                      <span className="unseen">{stateLabels[state]}</span>
                      <span className={styles.word} aria-hidden>
                        {stateLabels[state]}
                      </span>
                    </button>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown && <StepDetail site={site} eventId={eventId} {...shown} name={names[shown.delivery.connection]} />}
    </Panel>
  );
}

function StepDetail({
  site,
  eventId,
  delivery,
  step: { step, state, message, guide },
  name = delivery.platform,
}: {
  readonly site: string;
  readonly eventId: string | undefined;
  readonly delivery: Delivery;
  readonly step: EventStepView;
  readonly name: string | undefined;
}) {
  const needsAction = state === 'failed' || state === 'skipped';
  return (
    <Stack gap="xs" mt="md" className={styles.detail ?? ''} data-state={state} role="status">
      <Text size="sm" fw={600}>
        {name}: {stepLabels[step].toLowerCase()}, {stateLabels[state].toLowerCase()}
      </Text>
      <Text size="sm">
        <InlineCode text={message} />
      </Text>
      <Group gap="sm">
        {needsAction && eventId !== undefined && <ReplayEvent site={site} eventId={eventId} delivery={delivery} />}
        {guide && (
          <RouterAnchor
            size="sm"
            to="/sites/$site/guides/$guide"
            params={{ site, guide: guide.slug }}
            {...(guide.hash !== undefined && { hash: guide.hash })}
          >
            {needsAction ? 'How to fix it' : 'Learn more'}
          </RouterAnchor>
        )}
        {needsAction && (
          <RouterAnchor
            size="sm"
            to="/sites/$site/destinations/$connection"
            params={{ site, connection: delivery.connection }}
            search={{}}
          >
            Open connection
          </RouterAnchor>
        )}
      </Group>
    </Stack>
  );
}
