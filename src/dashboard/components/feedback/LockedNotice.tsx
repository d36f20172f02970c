import { Alert } from '@mantine/core';
import type { ReactNode } from 'react';
import { Icon } from '../display/Icon.tsx';
import { InlineCode } from '../display/InlineCode.tsx';

/** Explains why the user cannot change or see a part of a page. */
export function LockedNotice({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Alert color="gray" variant="light" icon={<Icon name="lock" />} title={title}>
      {children}
    </Alert>
  );
}

interface ConfigFileNoticeProps {
  /** The settings that cannot be changed here: `this site`. */
  readonly subject: string;
  /** Their place in the config file, with names between backticks. */
  readonly entry: string;
  /** Further sentences. */
  readonly children?: ReactNode;
}

/** Explains how settings of the config file are changed. */
export function ConfigFileNotice({ subject, entry, children }: ConfigFileNoticeProps) {
  return (
    <LockedNotice title="Set in the config file">
      <InlineCode text={`To change ${subject}, edit ${entry} in the config file, run \`convey check\` and restart Convey.`} />{' '}
      {children}
    </LockedNotice>
  );
}
