import { Alert, Button, Group, Modal, Stack } from '@mantine/core';
import { Copyable } from '../../../components/display/Copyable.tsx';

/** Shows a new secret key, once. Only the button closes it. `text`: undefined if there is none. */
export function CreatedKey({ text, onClose }: { readonly text: string | undefined; readonly onClose: () => void }) {
  return (
    <Modal
      opened={text !== undefined}
      onClose={onClose}
      title="New secret key"
      size="lg"
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack>
        <Alert color="yellow">Copy the key now. You cannot see it again. Store it with your server's secrets.</Alert>
        <Copyable label="Secret key" text={text ?? ''} />
        <Group justify="flex-end">
          <Button onClick={onClose}>I have copied it</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
