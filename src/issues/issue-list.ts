import { randomInt } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { minuteMs, secondMs, type UnixMs } from '../event/units.ts';
import type { IssueDecision, IssueStore, StoredIssue } from '../storage/ports/issues.ts';
import { severities } from './conditions/verdict.ts';
import { compareIssues } from './detectors/compare-issues.ts';
import { type DetectionDeps, detectIssues } from './detectors/detect-issues.ts';
import type { DetectedIssue, Detection } from './detectors/issue.ts';
import type { Facts } from './facts/facts.ts';

const money = z.lazy(() => z.array(z.object({ amount: z.number(), currency: z.string() })).readonly());
/** The stored texts and figures of an issue. */
const contentSchema = z.lazy(() =>
  z.object({
    kind: z.string(),
    /** A later version may have others. */
    severity: z.enum(severities).catch('warning'),
    title: z.string(),
    sentence: z.string(),
    detail: z.string().exactOptional(),
    figures: z.array(z.object({ label: z.string(), value: z.string() })).readonly(),
    remedy: z.string().exactOptional(),
    action: z.object({ label: z.string(), path: z.string() }),
    names: z.object({ site: z.string().exactOptional(), connection: z.string().exactOptional() }),
    events: z.number(),
    isUncounted: z.literal(true).exactOptional(),
    money,
    losesAt: z.number().exactOptional(),
    site: z.string().exactOptional(),
    connection: z.string().exactOptional(),
    node: z.string().exactOptional(),
    needs: z.literal('owner').exactOptional(),
    isRetried: z.literal(true).exactOptional(),
    /** Set if its beginning is not known. */
    isFound: z.literal(true).exactOptional(),
    /** When the process of `node` last checked its disk. */
    checkedAt: z.number().exactOptional(),
  }),
);
type Content = z.output<typeof contentSchema>;

/** Returns the texts and figures that an issue has in the store. */
export const readContent = (content: unknown): Content => contentSchema.parse(content);

export type IssueState = 'open' | 'acknowledged' | 'snoozed' | 'resolved';

/** An issue with its present figures, and what people decided about it. */
export interface ListedIssue extends Content {
  readonly id: string;
  readonly key: string;
  readonly since: UnixMs;
  readonly endedAt?: UnixMs;
  readonly state: IssueState;
  readonly snoozedUntil?: UnixMs;
  readonly assignee?: string;
  readonly history: StoredIssue['history'];
}

/** The part of the gateway whose facts were read. */
interface Scope {
  readonly readAt: UnixMs;
  readonly checksSite: (site: string) => boolean;
  /** Whether the figures of issues that were open before are stored, too. */
  readonly storesFigures: boolean;
}

export interface IssueListDeps<Read extends Facts = Facts> extends Pick<DetectionDeps, 'listThresholds'> {
  readonly store: IssueStore;
  readonly now: () => UnixMs;
  /** Reads the present facts of all sites. */
  readonly readFacts: () => Promise<Read>;
  /** The id of this process, if several share the store. */
  readonly node?: string | undefined;
}

export interface IssueList<Read extends Facts = Facts> {
  /** Returns the issues that have not ended, the worst first, and the facts in which they were found. */
  readPresent(): Promise<{ readonly issues: readonly ListedIssue[]; readonly facts: Read }>;
  /** Has the next read find new facts, because a person changed something. */
  refresh(): void;
  /** Returns the issues that have not ended, the worst first. */
  listPresent(): Promise<readonly ListedIssue[]>;
  /** Returns issues that have ended, the newest first. */
  listEnded(): Promise<readonly ListedIssue[]>;
  /** Returns an issue. It may have ended. */
  find(id: string): Promise<ListedIssue | undefined>;
  /** Stores a decision about a present issue. Returns false if it has ended. */
  decide(id: string, decision: IssueDecision, by: string | undefined): Promise<boolean>;
  /** Stores the beginnings, changes and ends of the issues of some sites and of this process. */
  update(facts: Facts, readAt: UnixMs, checksSite: (site: string) => boolean): Promise<void>;
}

const shownEnded = 200;
/** Callers share facts of this age, or of ten times the time that reading them took, so that reading takes a tenth of the time at most. */
const freshMs = secondMs;
const busyFactor = 10;
const nodeCheckMs = 10 * minuteMs;
/** A process that has not checked its disk for this long has ended. */
const nodeSilenceMs = 30 * minuteMs;

/** Creates the list of issues: found in the present facts, with the stored decisions. */
export function createIssueList<Read extends Facts>({
  store,
  now,
  readFacts,
  listThresholds,
  node,
}: IssueListDeps<Read>): IssueList<Read> {
  let shared: { readonly until: number; readonly facts: Promise<readonly [Read, UnixMs]> } | undefined;
  const readShared = () => {
    if (shared && performance.now() < shared.until) return shared.facts;
    const [startedAt, readAt] = [performance.now(), now()];
    const facts = readFacts().then((read) => [read, readAt] as const);
    // A read that was dropped in the meantime stays so.
    const keep = (until: number) => {
      if (shared?.facts === facts) shared = { until, facts };
    };
    shared = { until: Number.POSITIVE_INFINITY, facts };
    void facts.then(
      () => keep(performance.now() + Math.max(freshMs, busyFactor * (performance.now() - startedAt))),
      () => keep(0),
    );
    return facts;
  };

  const detect = async (facts: Facts, readAt: UnixMs) => {
    const open = await store.listOpenIssues();
    return { open, detection: detectIssues(facts, { now: readAt, listThresholds, open: new Set(open.map(({ key }) => key)) }) };
  };

  const reconcile = async (
    open: readonly StoredIssue[],
    { issues, unknown }: Detection,
    { readAt, checksSite, storesFigures }: Scope,
  ): Promise<readonly StoredIssue[]> => {
    const before = new Map(open.map((issue) => [issue.key, issue]));
    const present: StoredIssue[] = [];
    for (const issue of issues) {
      const content = toContent(issue, readAt);
      const rank = severities.indexOf(issue.severity);
      const { key, site, since } = issue;
      const stored = before.get(key);
      before.delete(key);
      if (!stored) {
        const begun = { id: createId(), key, ...(site !== undefined && { site }), beganAt: since, rank, content };
        const added = await store.beginIssue(begun, readAt);
        if (added) present.push(added);
        continue;
      }
      present.push(stored);
      if (rank < stored.rank || (storesFigures && hasChanged(readContent(stored.content), content)))
        await store.changeIssue(stored.id, content, rank, readAt);
    }
    for (const stored of before.values()) {
      const isUnknown = [...unknown].some((one) => stored.key === one || stored.key.startsWith(`${one}/`));
      const content = readContent(stored.content);
      if (isUnknown || !isChecked(content, { node, now: readAt, checksSite })) present.push(stored);
      else if (!(await store.endIssue(stored.id, readAt))) present.push(stored);
    }
    return present;
  };

  const toListed = (stored: StoredIssue, detected?: DetectedIssue, readAt = now()): ListedIssue => {
    const { id, key, beganAt, endedAt, snoozedUntil, assignee, history } = stored;
    const content = detected ? toContent(detected, readAt) : readContent(stored.content);
    const state = getIssueState(stored, now());
    return {
      ...content,
      id,
      key,
      // A condition without a known beginning begins when it is found.
      since: detected && detected.since !== readAt ? detected.since : beganAt,
      ...(endedAt !== undefined && { endedAt }),
      state,
      ...(state === 'snoozed' && snoozedUntil !== undefined && { snoozedUntil }),
      ...(assignee !== undefined && { assignee }),
      history,
    };
  };

  const readPresent = async () => {
    const [facts, readAt] = await readShared();
    const { open, detection } = await detect(facts, readAt);
    const sites = new Set(facts.sites.map(({ site }) => site));
    await reconcile(open, detection, { readAt, checksSite: (site) => sites.has(site), storesFigures: false });
    const detected = new Map(detection.issues.map((issue) => [issue.key, issue]));
    // Decisions that others made in the meantime count.
    const stored = await store.listOpenIssues();
    const issues = stored.map((issue) => toListed(issue, detected.get(issue.key), readAt)).toSorted(compareIssues);
    return { issues, facts };
  };
  const listPresent = async () => (await readPresent()).issues;

  return {
    readPresent,
    refresh() {
      shared = undefined;
    },
    listPresent,
    listEnded: async () => (await store.listEndedIssues(shownEnded)).map((issue) => toListed(issue)),
    async find(id) {
      const present = (await listPresent()).find((issue) => issue.id === id);
      if (present) return present;
      const stored = await store.getIssue(id);
      return stored && toListed(stored);
    },
    decide: async (id, decision, by) => (await store.decideIssue(id, decision, by, now())) !== undefined,
    async update(facts, readAt, checksSite) {
      const { open, detection } = await detect(facts, readAt);
      await reconcile(open, detection, { readAt, checksSite, storesFigures: true });
    },
  };
}

/** Returns what people decided about an issue, or that it has ended. */
export function getIssueState(
  { endedAt, snoozedUntil, isAcknowledged }: Pick<StoredIssue, 'endedAt' | 'snoozedUntil' | 'isAcknowledged'>,
  now: UnixMs,
): IssueState {
  if (endedAt !== undefined) return 'resolved';
  if (snoozedUntil !== undefined && snoozedUntil > now) return 'snoozed';
  return isAcknowledged ? 'acknowledged' : 'open';
}

function toContent({ since, key: _, ...content }: DetectedIssue, readAt: UnixMs): Content {
  return { ...content, ...(since === readAt && { isFound: true }), ...(content.node !== undefined && { checkedAt: readAt }) };
}

function hasChanged({ checkedAt: before = 0, ...stored }: Content, { checkedAt = 0, ...present }: Content): boolean {
  return checkedAt - before >= nodeCheckMs || !isDeepStrictEqual(stored, present);
}

/** Returns whether the facts that were read show that an issue has ended. */
function isChecked(
  { site, node, checkedAt = 0 }: Content,
  own: { readonly node: string | undefined; readonly now: UnixMs; readonly checksSite: (site: string) => boolean },
): boolean {
  if (node !== undefined && node !== own.node) return own.now - checkedAt > nodeSilenceMs;
  return site === undefined || own.checksSite(site);
}

/** Digits and letters that are not confused with each other. */
const idCharacters = '23456789abcdefghjkmnpqrstuvwxyz';
const idLength = 6;

function createId(): string {
  return Array.from({ length: idLength }, () => idCharacters[randomInt(idCharacters.length)]).join('');
}
