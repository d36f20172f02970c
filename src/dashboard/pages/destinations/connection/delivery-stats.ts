import type { ConnectionView } from '../../../../api/client.ts';
import { formatDuration, formatInteger } from '../../../components/display/format.ts';

interface DeliveryStat {
  readonly label: string;
  readonly value?: string;
  /** A time to show instead of the value, in UNIX milliseconds. */
  readonly at?: number;
  /** Whether the time is planned. */
  readonly isExpected?: true;
  readonly description?: string;
}

/** Returns the figures of a connection. How long an event waits is measured by the gateway's clock, not by the browser's. */
export function getDeliveryStats({
  lag,
  waiting,
  deferred,
  deadLetters,
  inDoubt,
  counts,
  pausedSince,
  nextTryAt,
}: ConnectionView): readonly DeliveryStat[] {
  const wait = waiting === 0 ? 'up to date' : `oldest has waited ${formatDuration(lag.ms)}`;
  return [
    { label: 'Delivered', value: formatInteger(counts.delivered ?? 0), description: 'since it was added' },
    { label: 'Waiting', value: formatInteger(waiting), description: wait },
    {
      label: 'On hold',
      value: formatInteger(deferred),
      description: 'of the waiting: for a duplicate report, consent or a retry',
    },
    { label: 'Failed events', value: formatInteger(deadLetters), description: 'could not be delivered' },
    { label: 'Possibly sent twice', value: formatInteger(inDoubt), description: 'requests without a response' },
    ...(pausedSince === undefined ? [] : [{ label: 'Paused', at: pausedSince }]),
    ...(nextTryAt === undefined ? [] : [{ label: 'Next attempt', at: nextTryAt, isExpected: true } as const]),
  ];
}
