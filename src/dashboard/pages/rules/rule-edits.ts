import type { DraftRule } from './rule-draft.ts';

/** The unsaved rules of one list, with the saved ones from which they began. */
interface RuleEdit {
  readonly drafts: readonly DraftRule[];
  readonly base: string;
}

/** The unsaved rules by list. They stay while the user looks at another list, and while others change the site. */
export type RuleEdits = Readonly<Record<string, RuleEdit>>;

/** Returns the edits with one of the list that changes nothing yet, so that changes of others make it outdated. An earlier edit stays. */
export function beginEdit(edits: RuleEdits, list: string, saved: readonly DraftRule[]): RuleEdits {
  return edits[list] ? edits : { ...edits, [list]: { drafts: saved, base: JSON.stringify(saved) } };
}

/** Returns the edits with other rules of one list; without an edit of it if they are the saved ones, or those from which it began. */
export function editList(
  edits: RuleEdits,
  list: string,
  saved: readonly DraftRule[],
  drafts: readonly DraftRule[] | undefined,
): RuleEdits {
  const { [list]: edit, ...others } = edits;
  if (drafts === undefined) return others;
  const next = { drafts, base: edit?.base ?? JSON.stringify(saved) };
  return isChanged(next, saved) ? { ...others, [list]: next } : others;
}

/** Returns the lists whose edits differ from the saved rules. */
export function findChangedLists(
  edits: RuleEdits,
  savedByList: Readonly<Record<string, readonly DraftRule[]>>,
): readonly string[] {
  return Object.entries(edits).flatMap(([list, edit]) => (isChanged(edit, savedByList[list]) ? [list] : []));
}

/** Returns whether the saved rules changed after the edit of the list began. */
export function isOutdated(edit: RuleEdit | undefined, saved: readonly DraftRule[]): boolean {
  return edit !== undefined && isChanged(edit, saved) && edit.base !== JSON.stringify(saved);
}

function isChanged({ drafts, base }: RuleEdit, saved: readonly DraftRule[] | undefined): boolean {
  const now = JSON.stringify(drafts);
  return now !== base && now !== JSON.stringify(saved);
}
