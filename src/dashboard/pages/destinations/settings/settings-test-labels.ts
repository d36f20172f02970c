import type { ApiResponse } from '../../../../api/client.ts';

type State = ApiResponse<'POST /api/sites/:site/try-connection'>['state'];

/** The title and the color of each result of a settings test. Only a verdict of the platform is green or red. */
export const settingsTestLabels = {
  accepted: { title: 'The platform accepts these settings', color: 'green' },
  refused: { title: 'The platform does not accept these settings', color: 'red' },
  unreached: { title: 'The platform did not answer', color: 'orange' },
  unverified: { title: 'The settings could not be checked', color: 'orange' },
  invalid: { title: 'Correct these settings first', color: 'orange' },
} as const satisfies Record<State, { readonly title: string; readonly color: string }>;
