import { Badge, Tooltip } from '@mantine/core';
import type { Health } from '../../../api/client.ts';
import { useOutageStart } from '../../data/reachability.ts';

const shown = {
  healthy: { color: 'green', label: 'Healthy' },
  unconfirmed: { color: 'gray', label: 'Not yet confirmed' },
  degraded: { color: 'yellow', label: 'Degraded' },
  unhealthy: { color: 'red', label: 'Unhealthy' },
  paused: { color: 'orange', label: 'Paused' },
  disabled: { color: 'gray', label: 'Disabled' },
} as const satisfies Record<Health, { readonly color: string; readonly label: string }>;

/** Shows a connection's health, or that it is unknown while the gateway does not answer. */
export function HealthBadge({ health, size = 'md' }: { readonly health: Health; readonly size?: 'md' | 'lg' }) {
  const isUnknown = useOutageStart() !== undefined;
  const { color, label } = shown[health];
  if (isUnknown)
    return (
      <Tooltip label={`The gateway does not answer. Last known: ${label}.`}>
        <Badge color="gray" size={size} flex="none">
          Unknown
        </Badge>
      </Tooltip>
    );
  return (
    <Badge color={color} size={size} flex="none">
      {label}
    </Badge>
  );
}
