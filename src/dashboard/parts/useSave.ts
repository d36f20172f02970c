import { type UseMutationResult, useQueryClient } from '@tanstack/react-query';
import { ApiError, type SiteSettingsView } from '../../api/client.ts';
import { useChange } from '../queries.ts';
import type { Staged } from './staged.ts';

/** Whether somebody else saved meanwhile, so that nothing was saved here. */
export function isOvertaken(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'changed-meanwhile';
}

/** Saves what is staged. Where somebody else was faster, it stands over what they saved, to be looked over and saved again. */
export function useSave<T extends object>(
  form: Staged<T>,
  save: () => Promise<SiteSettingsView>,
): UseMutationResult<SiteSettingsView, Error, void> {
  const client = useQueryClient();
  return useChange<void, SiteSettingsView>(
    () =>
      save().catch(async (error: unknown) => {
        if (isOvertaken(error)) {
          await client.invalidateQueries({ queryKey: ['GET /api/sites'] });
          form.rebase();
        }
        throw error;
      }),
    { onDone: form.discard },
  );
}
