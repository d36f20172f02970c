/** The result of a test of a connection's settings, as the dashboard, the command line and the API name it. */
export const settingsTestStates = ['invalid', 'not-reached', 'refused', 'accepted', 'unverified'] as const;
export type SettingsTestState = (typeof settingsTestStates)[number];

interface SettingsTestText {
  readonly label: string;
  /** One sentence without its full stop. */
  readonly sentence: string;
  /** Only a verdict of the platform is green or red. */
  readonly color: 'green' | 'red' | 'orange';
  /** The icon, so that the color alone does not tell the results apart. */
  readonly shape: 'check' | 'cross' | 'warn' | 'clock' | 'info';
}

/** The words and the look of each result. No other place has any. */
export const settingsTestTexts = {
  invalid: {
    label: 'Not valid',
    sentence: 'The settings are not valid, so the platform was not asked',
    color: 'orange',
    shape: 'warn',
  },
  'not-reached': { label: 'Not reached', sentence: 'The platform was not reached', color: 'orange', shape: 'clock' },
  refused: { label: 'Refused', sentence: 'The platform refuses the credential or the id', color: 'red', shape: 'cross' },
  accepted: { label: 'Accepted', sentence: 'The platform accepts the credential', color: 'green', shape: 'check' },
  unverified: {
    label: 'Unverified',
    sentence: 'The answer proves nothing about the credential',
    color: 'orange',
    shape: 'info',
  },
} as const satisfies Record<SettingsTestState, SettingsTestText>;

/** The result of a question to the platform, with its words. */
export interface CredentialTest {
  readonly state: Exclude<SettingsTestState, 'invalid'>;
  readonly says: string;
}

/** Returns the result in words: its sentence and the details of this test. */
export function explainSettingsTest(state: SettingsTestState, details: string): string {
  return `${settingsTestTexts[state].sentence}. ${details}`;
}
