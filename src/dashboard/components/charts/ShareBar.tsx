import { Progress } from '@mantine/core';
import { getPatternImage, tileSize } from './patterns.ts';

interface ShareBarProps {
  readonly parts: readonly { readonly name: string; readonly count: number; readonly color: string }[];
  readonly size: 'lg' | 'xl';
}

/** Shows the parts of a whole as one bar. Decorative: the figures are next to it. */
export function ShareBar({ parts, size }: ShareBarProps) {
  const all = parts.reduce((sum, { count }) => sum + count, 0);
  return (
    <Progress.Root size={size} flex="1 0 auto" miw={0} aria-hidden>
      {parts.map(({ name, count, color }, nth) => (
        <Progress.Section
          key={name}
          value={all === 0 ? 0 : (100 * count) / all}
          color={color}
          style={{ backgroundImage: getPatternImage(nth), backgroundSize: tileSize }}
        />
      ))}
    </Progress.Root>
  );
}
