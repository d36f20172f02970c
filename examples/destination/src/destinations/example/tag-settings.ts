/** The public settings of the driver in `browser/`. Every shopper can read them. */
export interface ExampleTagSettings {
  readonly mode: 'attach' | 'load';
  readonly script: string;
}
