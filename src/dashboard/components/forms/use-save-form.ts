import { type UseMutationResult, useQueryClient } from '@tanstack/react-query';
import { ApiError, type SiteSettingsView } from '../../../api/client.ts';
import { useApiMutation } from '../../data/queries.ts';
import type { StagedForm } from './use-staged-form.ts';

/** Whether somebody else saved meanwhile, so that nothing was saved here. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'changed-meanwhile';
}

/** Saves what is staged. Where somebody else was faster, it stands over what they saved, to be looked over and saved again. */
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
