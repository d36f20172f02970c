import { Anchor, Button, type ButtonProps, NavLink } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentProps } from 'react';

/** What looks like a component and leads to a page of ours, checked against the addresses of `router.tsx`. */

export const AnchorTo = createLink(Anchor<'a'>);
export const ButtonTo = createLink((props: ButtonProps & Omit<ComponentProps<'a'>, keyof ButtonProps>) => (
  <Button component="a" {...props} />
));
export const NavLinkTo = createLink(NavLink<'a'>);
