import { Badge } from '@mantine/core';
import type { Health } from '../../../api/client.ts';

const shown = {
  healthy: { color: 'green', label: 'Healthy' },
  degraded: { color: 'yellow', label: 'Degraded' },
  unhealthy: { color: 'red', label: 'Unhealthy' },
  paused: { color: 'orange', label: 'Paused' },
  disabled: { color: 'gray', label: 'Disabled' },
} as const satisfies Record<Health, { readonly color: string; readonly label: string }>;

export function HealthBadge({ health, size = 'md' }: { readonly health: Health; readonly size?: 'md' | 'lg' }) {
  const { color, label } = shown[health];
  return (
    <Badge color={color} size={size} flex="none">
      {label}
    </Badge>
  );
}
