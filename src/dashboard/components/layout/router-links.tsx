import { Anchor, Button, type ButtonProps, NavLink } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentProps } from 'react';

/** What looks like a component and leads to a page of ours, checked against the addresses of `router.tsx`. */

export const RouterAnchor = createLink(Anchor<'a'>);
export const RouterButton = createLink((props: ButtonProps & Omit<ComponentProps<'a'>, keyof ButtonProps>) => (
  <Button component="a" {...props} />
));
export const RouterNavLink = createLink(NavLink<'a'>);
