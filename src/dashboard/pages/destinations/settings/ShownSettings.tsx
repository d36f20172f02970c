import { Box, SimpleGrid, Text } from '@mantine/core';
import { describeSetting } from './describe-setting.ts';
import { listShownFields, type SettingField, type SettingsForm } from './setting-fields.ts';

interface ShownSettingsProps {
  readonly fields: readonly SettingField[];
  readonly form: SettingsForm;
  /** Names of the secrets that are stored. */
  readonly storedSecrets: readonly string[];
}

/** Settings that the reader cannot change here, as text. */
export function ShownSettings({ fields, form, storedSecrets }: ShownSettingsProps) {
  return (
    <SimpleGrid component="dl" cols={{ base: 1, xs: 2, lg: 3 }} spacing="lg" verticalSpacing="sm" m={0}>
      {listShownFields(fields, form).map((field) => {
        const text = describeSetting(field, form, storedSecrets);
        return (
          <Box key={field.name} miw={0}>
            <Text component="dt" size="xs" c="dimmed">
              {field.title}
            </Text>
            <Text component="dd" m={0} size="sm" fw={500} style={{ overflowWrap: 'anywhere' }}>
              {text}
            </Text>
          </Box>
        );
      })}
    </SimpleGrid>
  );
}
