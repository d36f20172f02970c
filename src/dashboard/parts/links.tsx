import { Anchor, Button, NavLink } from '@mantine/core';
import { createLink } from '@tanstack/react-router';

/** What looks like a component and leads to a page of ours, checked against the addresses of `router.tsx`. */

export const AnchorTo = createLink(Anchor<'a'>);
export const ButtonTo = createLink(Button<'a'>);
export const NavLinkTo = createLink(NavLink<'a'>);
