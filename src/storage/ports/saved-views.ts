import type { UnixMs } from '../../event/units.ts';

/** Filters of a site's event list under a name, for all accounts of the site. */
export interface SavedView {
  readonly site: string;
  readonly id: string;
  readonly name: string;
  /** The filters as the query of the event list's URL. */
  readonly query: string;
  /** The account that saved it (`toStoredAccount`), or its source if there was no account. Rows of earlier versions have the account's name. */
  readonly by: string;
  readonly createdAt: UnixMs;
}

/** The saved views. Their contract: `saved-views.contract.ts`. */
export interface SavedViewStore {
  /** Lists the views of a site by name. */
  listSavedViews(site: string): Promise<readonly SavedView[]>;
  /** Saves a view, in place of an earlier one with its name. Returns `false` if the site already has `most` views. */
  saveView(view: SavedView, most: number): Promise<boolean>;
  /** Removes a view, or all of the site. Returns the number of removed views. */
  removeSavedViews(site: string, id?: string): Promise<number>;
}
