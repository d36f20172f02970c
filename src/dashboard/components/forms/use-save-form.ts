import { type UseMutationResult, useQueryClient } from '@tanstack/react-query';
import { ApiError, type SiteSettingsView } from '../../../api/client.ts';
import { useApiMutation } from '../../data/queries.ts';
import type { StagedForm } from './use-staged-form.ts';

/** Returns whether the save failed because someone else changed the settings in the meantime. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'changed-meanwhile';
}

/** Saves a form. After a conflict it loads the new settings and keeps the changes on top, for the user to review. */
export function useSaveForm<T extends object>(
  form: StagedForm<T>,
  save: () => Promise<SiteSettingsView>,
): UseMutationResult<SiteSettingsView, Error, void> {
  const client = useQueryClient();
  return useApiMutation<void, SiteSettingsView>(
    () =>
      save().catch(async (error: unknown) => {
        if (isConflict(error)) {
          await client.invalidateQueries({ queryKey: ['GET /api/sites'] });
          form.rebase();
        }
        throw error;
      }),
    { onDone: form.discard },
  );
}
