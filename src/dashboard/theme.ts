import {
  ActionIcon,
  Badge,
  Button,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  NavLink,
  parseThemeColor,
  Table,
  Tooltip,
  type VariantColorsResolver,
} from '@mantine/core';

const jade: MantineColorsTuple = [
  '#e7f6f2',
  '#cfece4',
  '#9fd9c9',
  '#6bc4ac',
  '#3fb193',
  '#22a382',
  '#0d8f70',
  '#04805f',
  '#006b50',
  '#00543f',
];

/** Text on a tint of its own colour, dark enough on light and light enough on dark to be read by everybody (WCAG AA). */
const resolver: VariantColorsResolver = (input) => {
  const usual = defaultVariantColorsResolver(input);
  const { color } = parseThemeColor({ color: input.color || input.theme.primaryColor, theme: input.theme });
  if (input.variant !== 'light' || color === undefined || input.theme.colors[color] === undefined) return usual;
  return {
    ...usual,
    background: `light-dark(var(--mantine-color-${color}-0), color-mix(in srgb, var(--mantine-color-${color}-9) 35%, transparent))`,
    hover: `light-dark(var(--mantine-color-${color}-1), color-mix(in srgb, var(--mantine-color-${color}-9) 50%, transparent))`,
    color: `light-dark(color-mix(in srgb, var(--mantine-color-${color}-9) 72%, black), var(--mantine-color-${color}-2))`,
  };
};

/** One look for all pages. No font is loaded: the reader's own is the fastest and the most readable. */
export const theme = createTheme({
  colors: { jade },
  primaryColor: 'jade',
  primaryShade: { light: 8, dark: 7 },
  variantColorResolver: resolver,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  headings: { fontWeight: '650', sizes: { h1: { fontSize: '1.5rem', lineHeight: '1.25' }, h2: { fontSize: '1.125rem' } } },
  defaultRadius: 'md',
  cursorType: 'pointer',
  components: {
    Badge: Badge.extend({ defaultProps: { variant: 'light', radius: 'sm', tt: 'none', fw: 600 } }),
    Button: Button.extend({ defaultProps: { size: 'sm' } }),
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray' } }),
    NavLink: NavLink.extend({ styles: { root: { borderRadius: 'var(--mantine-radius-md)' } } }),
    Table: Table.extend({ defaultProps: { verticalSpacing: 'xs' } }),
    Tooltip: Tooltip.extend({ defaultProps: { multiline: true, maw: 320, events: { hover: true, focus: true, touch: true } } }),
  },
});
