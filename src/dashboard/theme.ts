import {
  ActionIcon,
  Anchor,
  Badge,
  Button,
  Code,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
  Menu,
  Modal,
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

/** Ensures contrast (WCAG AA) of text on a tint of its own colour, in light and dark mode. */
const resolver: VariantColorsResolver = (input) => {
  const defaults = defaultVariantColorsResolver(input);
  const { color } = parseThemeColor({ color: input.color || input.theme.primaryColor, theme: input.theme });
  if (input.variant !== 'light' || color === undefined || input.theme.colors[color] === undefined) return defaults;
  const shades = (light: number, strength: number) =>
    color === 'gray'
      ? // The lightest grey is the page background in light mode, the darkest in dark mode.
        `light-dark(var(--mantine-color-gray-${light + 1}), color-mix(in srgb, var(--mantine-color-gray-6) ${strength - 5}%, transparent))`
      : `light-dark(var(--mantine-color-${color}-${light}), color-mix(in srgb, var(--mantine-color-${color}-9) ${strength}%, transparent))`;
  return {
    ...defaults,
    background: shades(0, 35),
    hover: shades(1, 50),
    color: `light-dark(color-mix(in srgb, var(--mantine-color-${color}-9) 70%, black), var(--mantine-color-${color}-2))`,
  };
};

/** The theme of all pages. Uses system fonts, so that no font is loaded. */
export const theme = createTheme({
  colors: { jade },
  primaryColor: 'jade',
  primaryShade: { light: 8, dark: 7 },
  variantColorResolver: resolver,
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif",
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  headings: {
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.5rem', lineHeight: '1.25' },
      h2: { fontSize: '1.125rem' },
      h3: { fontSize: '1rem' },
      h4: { fontSize: '0.9375rem' },
    },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  components: {
    // Links are recognisable without colour.
    Anchor: Anchor.extend({ defaultProps: { underline: 'always' } }),
    Badge: Badge.extend({ defaultProps: { variant: 'light', radius: 'sm', tt: 'none', fw: 600 } }),
    Button: Button.extend({ defaultProps: { size: 'sm' } }),
    // Text cannot be scrolled, although Firefox and axe measure it as if it could.
    Code: Code.extend({ styles: (_, { block }) => ({ root: block ? {} : { overflow: 'visible' } }) }),
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray' } }),
    // A name that is longer than the menu is cut.
    Menu: Menu.extend({ styles: { itemLabel: { minWidth: 0 } } }),
    // The header must not be a landmark. Scroll locking would add a style without the page's nonce.
    Modal: Modal.extend({
      defaultProps: {
        centered: true,
        lockScroll: false,
        closeButtonProps: { 'aria-label': 'Close' },
        attributes: { header: { role: 'presentation' } },
      },
      styles: { title: { fontWeight: 650 } },
    }),
    NavLink: NavLink.extend({ styles: { root: { borderRadius: 'var(--mantine-radius-md)' } } }),
    Table: Table.extend({ defaultProps: { verticalSpacing: 'xs' } }),
    Tooltip: Tooltip.extend({ defaultProps: { multiline: true, maw: 320, events: { hover: true, focus: true, touch: true } } }),
  },
});
