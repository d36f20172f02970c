import type { SavedView, SavedViewStore } from '../ports/saved-views.ts';
import { defineChanges, run, type Sql, type Steps, select } from '../sql/change.ts';
import { defineStatement } from '../sql/statement.ts';

const selectViews = defineStatement<SavedView>(
  'SELECT site, id, name, query, "by" AS "by", created_at AS "createdAt" FROM saved_views WHERE site = $1 ORDER BY name, id',
);
const countOthers = defineStatement<{ readonly views: number }>(
  'SELECT count(*) AS views FROM saved_views WHERE site = $1 AND name <> $2',
);
const removeNamed = defineStatement('DELETE FROM saved_views WHERE site = $1 AND name = $2');
const add = defineStatement('INSERT INTO saved_views (site, id, name, query, "by", created_at) VALUES ($1, $2, $3, $4, $5, $6)');
const removeOne = defineStatement('DELETE FROM saved_views WHERE site = $1 AND id = $2');
/** Removes all views of a site. */
export const removeViews = defineStatement('DELETE FROM saved_views WHERE site = $1');

const defineChange = defineChanges('saved_views');

/** The changes of saved views. */
export const savedViewChanges = {
  save: defineChange('save', function* ({ site, id, name, query, by, createdAt }: SavedView, most: number): Steps<boolean> {
    const [{ views } = { views: 0 }] = yield* select(countOthers(site, name));
    if (views >= most) return false;
    yield* run(removeNamed(site, name));
    yield* run(add(site, id, name, query, by, createdAt));
    return true;
  }),
};

export function createSavedViewStore(sql: Sql): SavedViewStore {
  return {
    listSavedViews: (site) => sql.read(selectViews(site)),
    saveView: (view, most) => sql.change(savedViewChanges.save, view, most),
    removeSavedViews: (site, id) => sql.write(id === undefined ? removeViews(site) : removeOne(site, id)),
  };
}
