/** The result of one check. A warning does not fail `convey check`. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem';
  readonly subject: string;
  readonly says: string;
}

/** A finding of the consent doctor, with the lines to paste if lines solve it. */
export interface ConsentAdvice extends Finding {
  readonly paste?: { readonly where: string; readonly lines: string };
}
