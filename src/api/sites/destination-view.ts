import type { RegisteredDestination } from '../../destinations/kit/destination.ts';
import type { DestinationView } from './destination-schemas.ts';

/** Describes a platform, so that the dashboard can show its settings and texts. */
export function destinationView(destination: RegisteredDestination): DestinationView {
  const { id, name, summary, source, form, secrets, eventNames, matching, tag, accountLink, setup, skipTexts } = destination;
  return {
    id,
    name,
    summary,
    source,
    settings: form,
    secrets,
    eventNames,
    matchKeys: matching.keys.map(({ key, label, subject, advice, paths }) => ({
      key,
      label,
      subject,
      advice,
      paths: [...paths],
    })),
    ...(tag && { tag: { label: tag.label, settings: tag.form } }),
    ...(accountLink && {
      accountLink: {
        label: accountLink.label,
        description: accountLink.description,
        needs: accountLink.needs,
        provides: accountLink.provides,
      },
    }),
    ...(setup && {
      setup: {
        guides: setup.guides,
        ...(setup.examples && { examples: setup.examples }),
        ...(setup.goals && { goals: setup.goals }),
      },
    }),
    skipTexts,
  };
}
