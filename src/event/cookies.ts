/**
 * The collector's own cookies: the visitor id, the click ids, and that the shopper granted despite Global Privacy Control. HttpOnly,
 * SameSite=Lax.
 */
export const visitorCookie = { name: '_cv_id', maxAgeSeconds: 400 * 86_400 };
export const clickCookie = { name: '_cv_click', maxAgeSeconds: 90 * 86_400 };
export const gpcGrantCookie = { name: '_cv_gpc', value: 'granted', maxAgeSeconds: visitorCookie.maxAgeSeconds };
