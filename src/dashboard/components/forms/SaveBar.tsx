import { Alert, Button, Group, Paper, Text } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { pluralize } from '../display/format.ts';
import { FormError } from './FormError.tsx';
import { UnsavedGuard } from './UnsavedGuard.tsx';
import { isConflict } from './use-save-form.ts';
import type { StagedForm } from './use-staged-form.ts';

interface SaveBarProps<T extends object> {
  readonly form: StagedForm<T>;
  readonly save: UseMutationResult<unknown, Error, void>;
  /** The fields that show their issues themselves. The save bar shows the others. */
  readonly fields: readonly string[];
  /** Further buttons. */
  readonly children?: ReactNode;
}

/** Saves or discards the changes of a form. Asks for confirmation before the user leaves with unsaved changes. */
export function SaveBar<T extends object>({ form, save, fields, children }: SaveBarProps<T>) {
  const { changes } = form;
  return (
    <>
      {isConflict(save.error) ? (
        <Alert color="yellow" title="Someone else changed these settings" role="alert">
          Your changes were not saved. The form now shows the new settings with your changes on top. Review them and save again.
        </Alert>
      ) : (
        <FormError error={save.error} fields={fields} />
      )}
      {changes > 0 && (
        <Paper withBorder shadow="md" p="sm" pos="sticky" bottom={12} style={{ zIndex: 2 }}>
          <Group justify="space-between" gap="sm">
            <Text size="sm" fw={600} role="status">
              {pluralize(changes, 'unsaved change')}
            </Text>
            <Group gap="xs">
              {children}
              <Button
                variant="default"
                onClick={() => {
                  form.discard();
                  save.reset();
                }}
              >
                Discard
              </Button>
              <Button type="submit" loading={save.isPending}>
                Save
              </Button>
            </Group>
          </Group>
        </Paper>
      )}
      {changes === 0 && save.isSuccess && (
        <Text size="sm" c="dimmed" role="status">
          Saved.
        </Text>
      )}
      <UnsavedGuard changes={changes} />
    </>
  );
}
