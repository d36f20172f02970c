import { Group, Text } from '@mantine/core';
import icon from './icon.svg';

interface BrandProps {
  /** Shows only the icon on a phone, whose header has little room. */
  readonly isShort?: boolean;
}

export function Brand({ isShort = false }: BrandProps) {
  return (
    <Group gap={8} wrap="nowrap">
      <img src={icon} alt="" width={26} height={26} />
      <Text fw={700} size="lg" span {...(isShort && { visibleFrom: 'xs' })}>
        Convey
      </Text>
    </Group>
  );
}
