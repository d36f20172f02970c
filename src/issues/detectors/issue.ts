import type { Finding, Severity } from '../conditions/verdict.ts';

/** The subject of an issue. An issue of the gateway itself has none, or the process whose disk it is. */
export interface IssueSubject {
  readonly site?: string;
  readonly connection?: string;
  /** The id of the process whose disk it is. */
  readonly node?: string;
}

/** A problem that is present now. */
export interface DetectedIssue extends Finding, IssueSubject {
  /** Its kind and its subject. Unique among the present issues. */
  readonly key: string;
  /** Set if Convey tries again by itself, so that it may end without a person. */
  readonly isRetried?: true;
  /** The role on the site that it is shown to. Default: viewer. */
  readonly needs?: 'owner';
}

/** The issues that are present, and the keys about which the facts say nothing. */
export interface Detection {
  readonly issues: readonly DetectedIssue[];
  readonly unknown: ReadonlySet<string>;
}

/** Formats the key of an issue: `delivery/<site>/<connection>`. */
export function formatIssueKey(kind: string, { site, connection, node }: IssueSubject, part?: string): string {
  return [kind, site, connection, node, part].filter((one) => one !== undefined).join('/');
}

/** The texts of a problem of a site's settings or setup. */
export interface SetupTexts extends Partial<Pick<Finding, 'events' | 'money' | 'losesAt' | 'since' | 'detail' | 'remedy'>> {
  readonly severity: Severity;
  readonly title: string;
  readonly sentence?: string;
  readonly action: Finding['action'];
  readonly connection?: string;
  readonly needs?: 'owner';
  /** Distinguishes issues of one kind. */
  readonly part?: string;
}
