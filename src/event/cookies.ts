/**
 * The collector's own cookies: the visitor id, the click ids, and that the shopper stated a grant. HttpOnly, SameSite=Lax.
 */
export const visitorCookie = { name: '_cv_id', maxAgeSeconds: 400 * 86_400 };
export const clickCookie = { name: '_cv_click', maxAgeSeconds: 90 * 86_400 };
export const grantCookie = { name: '_cv_consent', value: 'granted', maxAgeSeconds: visitorCookie.maxAgeSeconds };
