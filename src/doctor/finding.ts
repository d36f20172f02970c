/** One thing that was looked at. A warning fails no check. */
export interface Finding {
  readonly level: 'ok' | 'warning' | 'problem';
  readonly subject: string;
  readonly says: string;
}
