import { explainUnsignedHooks } from '../../../hooks/sources.ts';
import type { ObservedEvents } from './observed-events.ts';
import type { StepView } from './schemas.ts';

/** Returns the step of hooks whose requests are not signed. */
export function hookSteps({ site }: Pick<ObservedEvents, 'site'>): readonly StepView[] {
  const says = explainUnsignedHooks(site);
  if (says === undefined) return [];
  return [
    {
      id: 'hooks-signed',
      group: 'server',
      title: 'Signed hooks',
      guide: 'guides/signed-hooks',
      state: 'problem',
      says: `${says}.`,
    },
  ];
}
