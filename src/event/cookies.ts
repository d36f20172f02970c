/** The collector's own cookies: the visitor id, and the click ids. HttpOnly, SameSite=Lax. */
export const visitorCookie = { name: '_cv_id', maxAgeSeconds: 400 * 86_400 };
export const clickCookie = { name: '_cv_click', maxAgeSeconds: 90 * 86_400 };
