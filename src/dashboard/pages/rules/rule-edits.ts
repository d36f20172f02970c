import type { DraftRule } from './rule-draft.ts';

/** The unsaved rules of one list, with the saved ones from which they began. */
interface RuleEdit {
  readonly drafts: readonly DraftRule[];
  readonly base: string;
}

/** The unsaved rules by list. They stay while the user looks at another list, and while others change the site. */
export type RuleEdits = Readonly<Record<string, RuleEdit>>;

/** Returns the edits with other rules of one list; without an edit of it if they equal the saved ones. */
export function editList(
  edits: RuleEdits,
  list: string,
  saved: readonly DraftRule[],
  drafts: readonly DraftRule[] | undefined,
): RuleEdits {
  const { [list]: edit, ...others } = edits;
  const now = JSON.stringify(saved);
  if (drafts === undefined || JSON.stringify(drafts) === now) return others;
  return { ...others, [list]: { drafts, base: edit?.base ?? now } };
}

/** Returns the lists whose edits differ from the saved rules. */
export function findChangedLists(
  edits: RuleEdits,
  savedByList: Readonly<Record<string, readonly DraftRule[]>>,
): readonly string[] {
  return Object.entries(edits).flatMap(([list, { drafts }]) =>
    JSON.stringify(drafts) === JSON.stringify(savedByList[list]) ? [] : [list],
  );
}

/** Returns whether the saved rules changed after the edit of the list began. */
export function isOutdated(edit: RuleEdit | undefined, saved: readonly DraftRule[]): boolean {
  const now = JSON.stringify(saved);
  return edit !== undefined && edit.base !== now && JSON.stringify(edit.drafts) !== now;
}
