/** The result of one check. A warning does not fail `convey check`. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem';
  readonly subject: string;
  readonly says: string;
}
