import { Alert, Code, Group, Text } from '@mantine/core';
import { Icon } from '../../components/display/Icon.tsx';
import { findUsedValues, type SiteValue } from './site-values.ts';

interface FilledValuesProps {
  readonly markdown: string;
  readonly values: readonly SiteValue[];
}

/** Lists which examples of the guide were replaced by the site's own values. */
export function FilledValues({ markdown, values }: FilledValuesProps) {
  const { filled, missing } = findUsedValues(markdown, values);
  if (filled.length + missing.length === 0) return null;
  return (
    <Alert color="jade" variant="light" icon={<Icon name="check" />} title="This guide shows your own values" mb="lg">
      <Group component="dl" gap={6} m={0} fz="sm">
        {filled.map(({ name, value }) => (
          <Group key={name} gap={6} miw={0} mr="sm">
            <dt style={{ flex: 'none' }}>{name}</dt>
            <dd style={{ margin: 0, minWidth: 0 }}>
              <Code>{value}</Code>
            </dd>
          </Group>
        ))}
      </Group>
      {missing.length > 0 && (
        <Text size="sm" mt={6}>
          Examples remain for values that are not set yet: {missing.map(({ name }) => name).join(', ')}.
        </Text>
      )}
    </Alert>
  );
}
