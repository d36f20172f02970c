import { Alert, Modal } from '@mantine/core';
import { useRef, useState } from 'react';
import { Icon } from '../../components/display/Icon.tsx';
import { InlineCode } from '../../components/display/InlineCode.tsx';
import { ConfirmDialog } from '../../components/feedback/ConfirmDialog.tsx';
import { callApi } from '../../data/api-client.ts';
import { useApiMutation } from '../../data/queries.ts';
import { ReplayDialog } from '../destinations/replay/ReplayDialog.tsx';
import type { PaletteAction, PaletteActionTarget } from './palette-entries.ts';

interface ActionDialogProps {
  readonly target: PaletteActionTarget;
  readonly onClose: () => void;
}

/** The question before each action that acts at once. A replay has a dialog of its own. */
const questions: Readonly<Record<Exclude<PaletteAction, 'replay'>, { readonly verb: string; readonly effect: string }>> = {
  pause: {
    verb: 'Pause',
    effect: 'Its events wait until you resume it. None is lost, unless it waits longer than the platform accepts events.',
  },
  resume: { verb: 'Resume', effect: 'The waiting events are sent.' },
  probe: { verb: 'Test', effect: 'Sends a request without an event, to check the credentials.' },
};

/** Asks for confirmation of an action, and shows its result. */
export function ActionDialog({ target, onClose }: ActionDialogProps) {
  const { action, site, connection, name } = target;
  const [message, setMessage] = useState<{ readonly ok: boolean; readonly text: string }>();
  const isStarted = useRef(false);
  const act = useApiMutation(
    (chosen: Exclude<PaletteAction, 'replay'>) =>
      callApi('POST /api/sites/:site/connections/:connection/:action', { site, connection, action: chosen }),
    { onDone: ({ ok, says }) => setMessage({ ok, text: says }) },
  );
  if (message)
    return (
      <Modal opened onClose={onClose} title={name}>
        <Alert color={message.ok ? 'green' : 'red'} icon={<Icon name={message.ok ? 'check' : 'warn'} />} role="status">
          <InlineCode text={message.text} />
        </Alert>
      </Modal>
    );
  if (action === 'replay')
    return (
      <ReplayDialog
        site={site}
        connection={connection}
        opened
        // The dialog also closes after a replay has started. Then its message follows.
        onClose={() => isStarted.current || onClose()}
        onDone={(text) => {
          isStarted.current = true;
          setMessage({ ok: true, text });
        }}
      />
    );
  const { verb, effect } = questions[action];
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`${verb} ${name}?`}
      label={verb}
      mutation={act}
      onConfirm={() => act.mutate(action)}
    >
      {effect} The connection is {site}/{connection}.
    </ConfirmDialog>
  );
}
