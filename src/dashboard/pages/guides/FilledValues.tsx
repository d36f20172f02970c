import { Alert, Code, Group, Text } from '@mantine/core';
import { Icon } from '../../components/display/Icon.tsx';
import { findUsedValues, type SiteValue } from './site-values.ts';

interface FilledValuesProps {
  readonly markdown: string;
  readonly values: readonly SiteValue[];
  /** Whether nobody told the gateway its public address. */
  readonly isGuess: boolean;
}

/** Which values of the page are the site's own, so that nobody copies an example. */
export function FilledValues({ markdown, values, isGuess }: FilledValuesProps) {
  const { filled, missing } = findUsedValues(markdown, values);
  if (filled.length + missing.length === 0) return null;
  const hasAddress = filled.some(({ name: what }) => what.includes('pixel') || what.includes('collector'));
  return (
    <Alert color="jade" variant="light" icon={<Icon name="check" />} title="Your own values are filled in" mb="lg">
      <Group component="dl" gap={6} m={0} fz="sm">
        {filled.map(({ name: what, value: own }) => (
          <Group key={what} gap={6} miw={0} mr="sm">
            <dt style={{ flex: 'none' }}>{what}</dt>
            <dd style={{ margin: 0, minWidth: 0 }}>
              <Code>{own}</Code>
            </dd>
          </Group>
        ))}
      </Group>
      {isGuess && hasAddress && (
        <Text size="sm" mt={6}>
          The address is a guess, made of your first domain: set <Code>collector.publicUrl</Code> to the real one.
        </Text>
      )}
      {missing.length > 0 && (
        <Text size="sm" mt={6}>
          Still an example, because the site has none yet: {missing.map(({ name: what }) => what).join(', ')}.
        </Text>
      )}
    </Alert>
  );
}
