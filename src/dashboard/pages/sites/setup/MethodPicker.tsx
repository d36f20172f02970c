import { Radio, SimpleGrid, Text } from '@mantine/core';
import classes from './MethodPicker.module.css';
import { type SetupMethodId, setupMethods } from './setup-methods.ts';

/** The ways to connect a shop. */
export function MethodPicker({
  value,
  onChange,
}: {
  readonly value: SetupMethodId;
  readonly onChange: (method: SetupMethodId) => void;
}) {
  return (
    <Radio.Group
      label="Way to connect"
      description="Choose how events reach Convey. You can combine several."
      value={value}
      onChange={(chosen) => {
        const method = setupMethods.find(({ id }) => id === chosen);
        if (method) onChange(method.id);
      }}
    >
      <SimpleGrid cols={{ base: 2, md: 3, lg: 5 }} spacing="sm" mt="sm">
        {setupMethods.map(({ id, label, description }) => (
          <Radio.Card key={id} value={id} p="sm" className={classes.card ?? ''}>
            <Text fw={600} size="sm">
              {label}
            </Text>
            <Text size="xs" c="dimmed">
              {description}
            </Text>
          </Radio.Card>
        ))}
      </SimpleGrid>
    </Radio.Group>
  );
}
