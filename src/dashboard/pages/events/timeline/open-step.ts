import type { EventStepName, EventStepState, TimelineView } from '../../../../api/client.ts';

export const stepLabels = {
  received: 'Received',
  consent: 'Consent',
  rule: 'Rules',
  sent: 'Sent',
  answered: 'Answered',
  countable: 'Countable',
} as const satisfies Record<EventStepName, string>;

const isStep = (text: string): text is EventStepName => Object.hasOwn(stepLabels, text);
/** The steps in their order. */
export const stepNames: readonly EventStepName[] = Object.keys(stepLabels).filter(isStep);

type Delivery = Pick<TimelineView['connections'][number], 'connection'> & {
  readonly steps: readonly { readonly step: EventStepName; readonly state: EventStepState }[];
};

export const toStepKey = ({ connection }: Pick<Delivery, 'connection'>, step: EventStepName) => `${connection} ${step}`;

const urgent = ['failed', 'waiting', 'unknown', 'skipped'] as const satisfies readonly EventStepState[];

/**
 * Returns the earliest step that failed, or else one that waits, is unknown or was skipped: at the connection that the person asked about if
 * it has one, else at any.
 */
export function findOpenStep(deliveries: readonly Delivery[], asked: string | undefined): string | undefined {
  const first = deliveries.filter(({ connection }) => connection === asked);
  for (const some of [first, deliveries])
    for (const state of urgent)
      for (const step of stepNames) {
        const found = some.find(({ steps }) => steps.some((one) => one.step === step && one.state === state));
        if (found) return toStepKey(found, step);
      }
  return undefined;
}
