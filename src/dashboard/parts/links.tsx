import { Anchor, Button, type ButtonProps, NavLink } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentProps } from 'react';

/** What looks like a component and leads to a page of ours, checked against the addresses of `router.tsx`. */

export const AnchorTo = createLink(Anchor<'a'>);
export const ButtonTo = createLink(ButtonLink);
export const NavLinkTo = createLink(NavLink<'a'>);

/** A button by its looks, and to whoever uses it a link. */
function ButtonLink(props: ButtonProps & Omit<ComponentProps<'a'>, keyof ButtonProps>) {
  return <Button component="a" {...props} />;
}
