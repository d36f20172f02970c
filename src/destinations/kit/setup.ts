import type { Connection, Site } from '../../event/site.ts';

/** The platform's part in the setup of a site. Guides are paths in the docs, without extension. */
export interface PlatformSetup {
  readonly guides: {
    readonly settings: string;
    readonly credential: string;
    readonly troubleshooting: string;
    /** Absent: the platform has no click id. */
    readonly clickIds?: string;
  };
  /** The examples of the platform's guides, which the dashboard replaces by the site's own values: a connection's id, and values of settings. */
  readonly examples?: { readonly connection: string; readonly settings: Readonly<Record<string, string>> };
  /** The goals that an operator creates at the platform, one per event name. Absent: the platform counts events without them. */
  readonly goals?: {
    readonly description: string;
    /** The place at the platform, and the value to enter. */
    readonly instruction: string;
    readonly guide: string;
  };
  /** Returns the settings of a site that do not fit its connections to this platform. Absent: there is nothing to compare. */
  checkSite?(site: Site, connections: readonly Connection[]): readonly SetupWarning[];
}

/** A setting that loses or doubles events. */
export interface SetupWarning {
  /** A setting of the site, or a connection's id. */
  readonly subject: string;
  readonly says: string;
}
