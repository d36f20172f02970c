import { Alert, Stack, Text } from '@mantine/core';
import type { AccountLinkView } from '../../../../api/client.ts';
import { Icon } from '../../../components/display/Icon.tsx';
import { InlineCode } from '../../../components/display/InlineCode.tsx';

/** The reason why a sign-in gave no access, with its code for a search. */
export function SignInFailure({ link }: { readonly link: AccountLinkView }) {
  return (
    <Alert color="red" icon={<Icon name="warn" />} title="Not connected" role="alert">
      <Stack gap={4}>
        {link.issues.map(({ code, message }) => (
          <Text key={code} size="sm">
            <InlineCode text={`${message} (\`${code}\`)`} />
          </Text>
        ))}
      </Stack>
    </Alert>
  );
}
