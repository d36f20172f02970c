// Microsoft's UET tag in a custom pixel of Shopify. Paste all of it, fill in the settings, Save, Connect. README.md says more.
(() => {
  const settings = {
    // The number of your UET tag.
    tagId: 'YOUR_TAG_ID',
    // How your Merchant Center feed writes the id of an item: of {productId}, {variantId} and {sku}.
    itemId: '{variantId}',
    // Give the tag the shopper's e-mail address and phone at checkout, where they agreed. The tag hashes them.
    enhancedConversions: true,
    script: 'https://bat.bing.com/bat.js',
  };

  // What the tag takes. It refuses a whole event for one bad value.
  const forms = { prodid: /^[A-Za-z0-9-]{1,50}$/, currency: /^[A-Za-z]{3}$/, phone: /^\+[1-9]\d{6,14}$/ };
  const amounts = ['event_value', 'revenue_value', 'ecomm_totalvalue', 'tax', 'shipping'];
  const largestAmount = 999999999999;
  // A beacon is an address of at most 4,096 characters; lists get these many of them.
  const longest = { items: 1800, ids: 600 };

  // 1. Consent, before anything else.

  let granted = false;
  function tellConsent(mode, privacy) {
    granted = privacy?.marketingAllowed === true && privacy?.saleOfDataAllowed === true;
    window.uetq.push('consent', mode, { ad_storage: granted ? 'granted' : 'denied' });
  }

  window.uetq = window.uetq || [];
  tellConsent('default', init.customerPrivacy);
  // Custom pixels find it under `api`.
  const privacyApi = typeof api === 'undefined' ? undefined : api.customerPrivacy;
  const changes = privacyApi || (typeof customerPrivacy === 'undefined' ? undefined : customerPrivacy);
  changes?.subscribe('visitorConsentCollected', (event) => tellConsent('update', event?.customerPrivacy));

  // 2. The tag. The frame has an origin of its own, where reading a cookie may throw.

  function hasCookies() {
    try {
      return typeof document.cookie === 'string';
    } catch {
      return false;
    }
  }

  const withCookies = hasCookies();
  if (!withCookies) Object.defineProperty(document, 'cookie', { configurable: true, get: () => '', set: () => {} });
  const script = document.createElement('script');
  script.async = true;
  script.src = settings.script;
  script.onload = () => {
    window.uetq = new window.UET({
      ti: settings.tagId,
      q: window.uetq,
      // Shopify tells of each page, and of consent.
      disableAutoPageView: true,
      enableAutoSpaTracking: false,
      enableAutoConsent: false,
      storeConvTrackCookies: withCookies,
    });
    window.uetq.push('pageLoad');
  };
  document.head.append(script);

  // 3. From Shopify's events to Microsoft's, by the names and ids that Convey sends from the server.

  function eventOf({ name, id, data, context }) {
    switch (name) {
      case 'page_viewed':
        return ['page_view', { event_id: id, ...pageOf(context) }];
      case 'collection_viewed':
        return ['view_item_list', { event_id: id, ...idsOf(data?.collection?.productVariants, 'category') }];
      case 'search_submitted': {
        const { query, productVariants } = data?.searchResult ?? {};
        return ['search', { event_id: id, search_term: withoutAddress(query), ...idsOf(productVariants, 'searchresults') }];
      }
      case 'product_viewed': {
        const variant = data?.productVariant;
        return ['view_item', { event_id: id, ...soldIn([{ variant, quantity: 1 }], variant?.price, 'product') }];
      }
      case 'product_added_to_cart': {
        const line = data?.cartLine;
        return ['add_to_cart', { event_id: id, ...soldIn(cartLines([line]), line?.cost?.totalAmount, 'cart') }];
      }
      case 'cart_viewed': {
        const cart = data?.cart;
        return ['view_cart', { event_id: id, ...soldIn(cartLines(cart?.lines), cart?.cost?.totalAmount, 'cart') }];
      }
      case 'checkout_started':
        return ['begin_checkout', { event_id: id, ...checkoutOf(data?.checkout, 'cart') }];
      case 'payment_info_submitted':
        return ['add_payment_info', { event_id: id, ...checkoutOf(data?.checkout, 'cart') }];
      case 'checkout_completed': {
        const { token, order, ...checkout } = data?.checkout ?? {};
        // The order's webhook knows the token too, and Shopify's event id it does not.
        const eventId = token ? `purchase-${token}` : id;
        return ['purchase', { event_id: eventId, transaction_id: plainId(order?.id), ...checkoutOf(checkout, 'purchase') }];
      }
      default:
        return undefined;
    }
  }

  function pageOf(context) {
    const { origin, pathname, search } = context?.document?.location ?? {};
    if (!pathname) return {};
    const path = pathname + (granted ? (withoutAddress(search) ?? '') : '');
    return { page_path: path, page_location: origin ? origin + path : undefined, page_title: context.document.title };
  }

  function checkoutOf(checkout, pageType) {
    const { totalPrice, currencyCode, lineItems } = checkout ?? {};
    const total = { amount: totalPrice?.amount, currencyCode: totalPrice?.currencyCode ?? currencyCode };
    return { ...soldIn(lineItems ?? [], total, pageType), pid: personOf(checkout) };
  }

  function cartLines(lines) {
    return (lines ?? []).map((line) => ({ variant: line?.merchandise, quantity: line?.quantity }));
  }

  /** What was looked at or bought, and for how much. */
  function soldIn(lines, price, pageType) {
    const items = lines.map((line) => {
      const { variant, title, quantity } = line ?? {};
      const name = variant?.product?.title ?? title ?? undefined;
      return { id: itemIdOf(variant), name, price: amountOf(variant?.price?.amount), quantity: quantity ?? undefined };
    });
    const isAtCart = pageType === 'cart' || pageType === 'purchase';
    return {
      ...idsOf(
        lines.map((line) => line?.variant),
        pageType,
      ),
      items: asManyAsFit(
        items.filter(({ id, name }) => id || name),
        longest.items,
      ),
      revenue_value: price?.amount,
      ecomm_totalvalue: isAtCart ? price?.amount : undefined,
      currency: price?.currencyCode,
    };
  }

  function idsOf(variants, pageType) {
    const ids = (variants ?? []).map(itemIdOf).filter((id) => id !== undefined);
    return { ecomm_pagetype: pageType, ecomm_prodid: [...new Set(ids)] };
  }

  function itemIdOf(variant) {
    const parts = { productId: plainId(variant?.product?.id), variantId: plainId(variant?.id), sku: variant?.sku || undefined };
    const asked = settings.itemId.match(/\w+(?=\})/g) ?? [];
    if (!asked.every((part) => parts[part])) return undefined;
    return settings.itemId.replace(/\{(\w+)\}/g, (_, part) => parts[part]);
  }

  /** Shopify writes some ids as an address: `gid://shopify/Order/1001`. Feeds and webhooks have the number. */
  function plainId(id) {
    return id ? String(id).replace(/^gid:.*\/|\?.*$/g, '') : undefined;
  }

  function personOf(checkout) {
    const { email, phone, billingAddress, shippingAddress } = checkout ?? {};
    const given = String(phone || billingAddress?.phone || shippingAddress?.phone || '').replace(/[\s().-]/g, '');
    const person = {};
    if (email?.includes('@')) person.em = email;
    if (forms.phone.test(given)) person.ph = given;
    return Object.keys(person).length > 0 ? person : undefined;
  }

  // 4. Nothing leaves that the tag would refuse, that consent does not allow, or that is an e-mail address in the wrong place.

  function withoutAddress(text) {
    return text && !/@|%40/.test(text) ? text : undefined;
  }

  function withoutAddresses(fields) {
    const told = Object.entries(fields).filter(([name, value]) => name === 'pid' || !/@|%40/.test(JSON.stringify(value) ?? ''));
    return Object.fromEntries(told);
  }

  function amountOf(value) {
    const amount = value === null || value === '' ? Number.NaN : Math.round(Number(value) * 1000) / 1000;
    return amount >= 0 && amount <= largestAmount ? amount : undefined;
  }

  function asManyAsFit(list, maxChars) {
    const fitting = [...list];
    while (encodeURIComponent(JSON.stringify(fitting)).length > maxChars) fitting.pop();
    return fitting.length > 0 ? fitting : undefined;
  }

  function allowed(given) {
    const { ecomm_prodid: ids, currency, pid, transaction_id: order, ...fields } = given;
    for (const name of amounts) if (name in fields) fields[name] = amountOf(fields[name]);
    // An amount means nothing without its currency.
    if (forms.currency.test(currency)) fields.currency = currency;
    else for (const name of ['revenue_value', 'ecomm_totalvalue']) delete fields[name];
    // Part of an id would be another id: whole, or not at all. The tag wants to know the kind of page as well.
    const products = [ids].flat().filter((id) => forms.prodid.test(id ?? ''));
    if (fields.ecomm_pagetype) fields.ecomm_prodid = asManyAsFit(products, longest.ids);
    if (granted && order) fields.transaction_id = order;
    if (granted && settings.enhancedConversions && pid) fields.pid = pid;
    return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));
  }

  // 5. Listening. What goes wrong with one event is no reason to miss the next.

  function listen(kind, toMicrosoft) {
    analytics.subscribe(kind, (event) => {
      try {
        const [name, parameters] = toMicrosoft(event) ?? [];
        if (name) window.uetq.push('event', name, allowed(parameters));
      } catch {
        console.warn(`The event ${event?.name} did not reach the UET tag.`);
      }
    });
  }

  listen('all_standard_events', eventOf);
  // Of a theme's own events, those that bring an id: other apps publish here as well.
  // What a theme tells is its own; an address has no place in it, whatever the field.
  listen('all_custom_events', ({ name, customData }) =>
    customData?.event_id && !/@|%40/.test(customData.event_id) ? [name, withoutAddresses(customData)] : undefined,
  );
})();
