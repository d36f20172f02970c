import type { ReadChoice } from '../consent-reader.ts';

interface Page {
  readonly OneTrust: { IsAlertBoxClosed(): boolean };
  /** The accepted groups between commas: `,C0001,C0004,`. */
  readonly OnetrustActiveGroups: string;
}

/** `C0004` is OneTrust's group for advertising. @source https://developer.onetrust.com/onetrust/docs/javascript-events-guide (2026-11) */
export const readOnetrust: ReadChoice<Page> = ({ OneTrust, OnetrustActiveGroups }, category = 'C0004') =>
  OneTrust.IsAlertBoxClosed() && [OnetrustActiveGroups.split(',').includes(category)];
