import { Anchor, Button, type ButtonProps, NavLink } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentProps } from 'react';

/** Mantine components that link to a page of the dashboard. Paths are type-checked against `router.tsx`. */

export const RouterAnchor = createLink(Anchor<'a'>);
export const RouterButton = createLink((props: ButtonProps & Omit<ComponentProps<'a'>, keyof ButtonProps>) => (
  <Button component="a" {...props} />
));
export const RouterNavLink = createLink(NavLink<'a'>);
