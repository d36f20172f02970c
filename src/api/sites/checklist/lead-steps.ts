import type { Site } from '../../../event/site.ts';
import type { StepView } from './schemas.ts';

/** Returns the step about forms that are only previewed, because they look set up and report nothing. Absent if there is none. */
export function leadSteps({ capture }: Pick<Site, 'capture'>): readonly StepView[] {
  const previewed = (capture?.forms ?? []).filter(({ mode }) => mode === 'preview').map(({ selector }) => `\`${selector}\``);
  if (previewed.length === 0) return [];
  return [
    {
      id: 'forms-in-preview',
      group: 'pixel',
      title: 'Forms in preview',
      state: 'optional',
      says: `Submits of ${previewed.join(', ')} are not reported. Look at the form's fields, then set its mode to \`on\`.`,
      guide: 'guides/leads',
    },
  ];
}
