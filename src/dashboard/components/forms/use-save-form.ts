import { type UseMutationResult, useQueryClient } from '@tanstack/react-query';
import { ApiError, type ReadRouteKey } from '../../../api/client.ts';
import { useApiMutation } from '../../data/queries.ts';
import type { StagedForm } from './use-staged-form.ts';

/** Returns whether the save failed because someone else changed the settings in the meantime. */
export function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.code === 'changed-meanwhile';
}

/**
 * Saves a form. After a conflict it loads the settings of the route anew and keeps the changes on top, for the user to review.
 */
export function useSaveForm<T extends object, R>(
  form: StagedForm<T>,
  save: () => Promise<R>,
  settings: ReadRouteKey = 'GET /api/sites',
): UseMutationResult<R, Error, void> {
  const client = useQueryClient();
  return useApiMutation<void, R>(
    () =>
      save().catch(async (error: unknown) => {
        if (isConflict(error)) {
          await client.invalidateQueries({ queryKey: [settings] });
          form.rebase();
        }
        throw error;
      }),
    { onDone: form.discard },
  );
}
