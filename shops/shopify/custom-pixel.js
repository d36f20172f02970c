// Convey's custom pixel for a Shopify shop. Paste the whole file, fill in the settings, Save, Connect. See README.md.
(() => {
  const settings = {
    // The URL of your gateway: the URL of its pixel without the file name, such as https://data.shop.example
    collector: '',
    // The site's write key in Convey. It begins with wk_
    writeKey: '',
    // The number of your UET tag. Leave it empty to load no tag.
    tagId: '',
    // true: Convey's theme snippet is installed and reports page views. Write false if it is not installed.
    themeSnippet: true,
    // The item id of your Merchant Center feed, built from {productId}, {variantId} and {sku}.
    itemId: '{variantId}',
    // true: passes the shopper's e-mail address and phone at checkout to the tag, with consent. The tag hashes them.
    enhancedConversions: true,
    // The same event names as in your connection's eventNames, such as { Purchase: 'order_complete' }
    eventNames: /** @type {Record<string, string>} */ ({}),
    // true: consent that Shopify reports is always the shopper's own choice. See README.md before you change it.
    yesIsChosen: false,
    script: 'https://bat.bing.com/bat.js',
  };

  /**
   * @typedef {{ variant?: ProductVariant | null, title?: string | null, quantity?: number | null, paid?: MoneyV2 | null }} Line
   * @typedef {{ email?: string, phone?: string, externalId?: string }} Person
   * @typedef {object} ShopEvent An event of the shop in Convey's terms.
   * @property {string} name An event name, or `identify`.
   * @property {string} id
   * @property {string} [ownId] Shopify's event id, if `id` stays the same when the event repeats.
   * @property {string} [pageType]
   * @property {readonly Line[]} [lines]
   * @property {Partial<MoneyV2> | null} [total]
   * @property {string} [category]
   * @property {string} [searchTerm]
   * @property {string} [orderId]
   * @property {string} [checkoutId]
   * @property {'new' | 'returning'} [customerType]
   * @property {Person} [person] The person of a checkout.
   * @property {readonly (Attribute | null)[] | null} [attributes] The cart's attributes.
   * @property {Readonly<Record<string, unknown>>} [custom] The data of a theme's own event.
   */

  // 1. Settings. An invalid setting of Convey does not stop the tag, and the reverse.

  /** @param {boolean} isValid @param {string} remedy */
  function check(isValid, remedy) {
    if (!isValid) console.warn(`Convey's custom pixel: ${remedy}`);
    return isValid;
  }

  const urlPattern = /^(https:\/\/[^\s/?#@]+|http:\/\/(127\.0\.0\.1|localhost)(:\d+)?)(\/[^\s?#]*)?$/;
  const hasCollector = check(
    urlPattern.test(settings.collector) && !/\.js$/.test(settings.collector),
    '`collector` is not a valid URL. Enter the URL of your gateway, such as https://data.shop.example. No events are sent to Convey.',
  );
  const hasWriteKey = check(
    /^wk_[\w-]{8,}$/.test(settings.writeKey),
    '`writeKey` is not a write key. Copy the key that begins with wk_ from the site in Convey. No events are sent to Convey.',
  );
  const endpoint = hasCollector && hasWriteKey ? `${settings.collector.replace(/\/+$/, '')}/e` : undefined;
  const hasTag =
    settings.tagId !== '' &&
    check(
      /^\d{1,20}$/.test(settings.tagId),
      '`tagId` is not a number. Enter the number of your UET tag, or leave it empty. The tag is not loaded.',
    );
  const hasItemId = check(
    /\{(productId|variantId|sku)\}/.test(settings.itemId),
    '`itemId` has no placeholder. Use {productId}, {variantId} or {sku}. {variantId} is used.',
  );
  const itemIdForm = hasItemId ? settings.itemId : '{variantId}';
  const delays = { batchMs: 1000, answerMs: 10000, topMs: 1000, themeMs: 4000, firstRetryMs: 1000, longestRetryMs: 300000 };
  /** The reports that do not wait for others. */
  const urgentNames = /^(Purchase|Lead|SignUp)$/;
  /** A frame without an origin has no cookies. @type {RequestCredentials} */
  const credentials = 'omit';

  // 2. Consent. Shopify reports what is allowed, but not whether the shopper chose it.

  const visitorKey = '_convey_visitor';
  const themeChoiceKey = '_convey_choice';
  const choiceKey = '_cv_choice';
  const hasGpc = navigator.globalPrivacyControl === true;
  let allowed = init.customerPrivacy;
  /** Whether the shopper chose on this page. */
  let isChosen = false;
  /** The theme pixel's value: the visitor id if consent counts as granted there, or `denied`. @type {unknown} */
  let themeValue;
  /** The shopper's choice as the theme's pixel received it. @type {unknown} */
  let themeChoice;
  /** The last choice in this browser. @type {unknown} */
  let lastChoice;

  /** @param {unknown} value @returns {value is string} */
  const isVisitorId = (value) => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);
  /** The theme's pixel supports consent tools that Shopify does not know. Its denial holds until the shopper chooses on this page. */
  const isDeniedInTheme = () => !isChosen && (themeValue === 'denied' || themeChoice === 'denied');
  const isAllowed = () => !isDeniedInTheme() && allowed?.marketingAllowed === true && allowed?.saleOfDataAllowed === true;

  function isExplicit() {
    if (isChosen || isDeniedInTheme()) return true;
    if (isAllowed()) return themeChoice === 'granted' || lastChoice === 'granted' || (settings.yesIsChosen && !hasGpc);
    // No region's default allows marketing and forbids the sale of data, so this is a choice.
    return lastChoice === 'denied' || allowed?.marketingAllowed === true;
  }

  /** @returns {{ state: 'granted' | 'denied' | 'waiting', statement: { adStorage: 'granted' | 'denied', source: string, explicit?: boolean } }} */
  function consent() {
    const explicit = isExplicit();
    const adStorage = isAllowed() ? 'granted' : 'denied';
    if (!explicit && hasGpc) return { state: 'denied', statement: { adStorage: 'denied', source: 'gpc' } };
    const isUndecided = adStorage === 'denied' && !explicit;
    return { state: isUndecided ? 'waiting' : adStorage, statement: { adStorage, source: 'shopify', explicit } };
  }

  const isGranted = () => consent().state === 'granted';

  // 3. Mapping from Shopify's events to Convey's. Any object in Shopify's events may be null.

  /** @template T @param {readonly T[] | null | undefined} list */
  const toList = (list) => (Array.isArray(list) ? list : []);

  /** Returns the number in an id such as `gid://shopify/Order/1001`; feeds and webhooks use the number. @param {unknown} id */
  function toPlainId(id) {
    return id ? String(id).replace(/^gid:.*\/|\?.*$/g, '') : undefined;
  }

  /** @param {StandardEvent} event @returns {ShopEvent | undefined} */
  function toShopEvent(event) {
    const { id } = event;
    switch (event.name) {
      case 'page_viewed': {
        const path = event.context?.document?.location?.pathname ?? '';
        // Themes do not run in the checkout, so the theme's pixel cannot report these pages.
        const isCheckout = /(^|\/)checkouts\/|^\/\d+\/orders\//i.test(path);
        return settings.themeSnippet && !isCheckout ? undefined : { name: 'PageView', id };
      }
      case 'collection_viewed': {
        const { title, productVariants } = event.data?.collection ?? {};
        return { name: 'view_item_list', id, pageType: 'category', category: title, lines: variantLines(productVariants) };
      }
      case 'search_submitted': {
        const { query, productVariants } = event.data?.searchResult ?? {};
        return { name: 'Search', id, pageType: 'searchresults', searchTerm: query, lines: variantLines(productVariants) };
      }
      case 'product_viewed': {
        const variant = event.data?.productVariant;
        return { name: 'ViewContent', id, pageType: 'product', lines: [{ variant, quantity: 1 }], total: variant?.price };
      }
      case 'product_added_to_cart':
      case 'product_removed_from_cart': {
        const line = event.data?.cartLine;
        const name = event.name === 'product_added_to_cart' ? 'AddToCart' : 'remove_from_cart';
        return { name, id, pageType: 'cart', lines: cartLines([line]), total: line?.cost?.totalAmount };
      }
      case 'cart_viewed': {
        const { lines, cost, attributes } = event.data?.cart ?? {};
        return { name: 'view_cart', id, pageType: 'cart', lines: cartLines(lines), total: cost?.totalAmount, attributes };
      }
      case 'checkout_started': {
        const checkout = event.data?.checkout;
        // Repeats each time that the shopper enters the same checkout, possibly with consent given meanwhile.
        const eventId = tokenId('checkout', checkout) ?? id;
        return { name: 'InitiateCheckout', id: eventId, ownId: id, pageType: 'cart', ...readCheckout(checkout) };
      }
      case 'checkout_contact_info_submitted':
      case 'checkout_address_info_submitted':
      case 'checkout_shipping_info_submitted':
        return { name: 'identify', id, ...readCheckout(event.data?.checkout) };
      case 'payment_info_submitted':
        return { name: 'add_payment_info', id, pageType: 'cart', ...readCheckout(event.data?.checkout) };
      case 'checkout_completed': {
        const checkout = event.data?.checkout;
        const orderId = toPlainId(checkout?.order?.id);
        // The order's webhook has the token, but not Shopify's event id.
        const eventId = tokenId('purchase', checkout) ?? (orderId ? `purchase-${orderId}` : id);
        const customerType = getCustomerType(checkout?.order?.customer?.isFirstOrder);
        return { name: 'Purchase', id: eventId, pageType: 'purchase', orderId, customerType, ...readCheckout(checkout) };
      }
      default:
        return undefined;
    }
  }

  /** @param {boolean | null | undefined} isFirstOrder */
  function getCustomerType(isFirstOrder) {
    if (typeof isFirstOrder !== 'boolean') return undefined;
    return isFirstOrder ? 'new' : 'returning';
  }

  /** @param {string} what @param {Checkout | null | undefined} checkout */
  function tokenId(what, checkout) {
    return checkout?.token ? `${what}-${checkout.token}` : undefined;
  }

  /** @param {Checkout | null | undefined} checkout */
  function readCheckout(checkout) {
    const { token, totalPrice, currencyCode, lineItems, attributes } = checkout ?? {};
    return {
      checkoutId: token ?? undefined,
      total: { amount: totalPrice?.amount, currencyCode: totalPrice?.currencyCode ?? currencyCode ?? undefined },
      lines: toList(lineItems).map((line) => {
        const { variant, title, quantity, finalLinePrice: paid } = line ?? {};
        return { variant, title, quantity, paid };
      }),
      attributes,
      person: getPerson(checkout),
    };
  }

  /** @param {readonly ProductVariant[] | null | undefined} variants @returns {Line[]} */
  function variantLines(variants) {
    return toList(variants).map((variant) => ({ variant }));
  }

  /** @param {readonly (CartLine | null | undefined)[] | null | undefined} lines @returns {Line[]} */
  function cartLines(lines) {
    return toList(lines).map((line) => ({ variant: line?.merchandise, quantity: line?.quantity }));
  }

  /** @param {Checkout | null | undefined} checkout @returns {Person} */
  function getPerson(checkout) {
    const { email, phone, billingAddress, shippingAddress, order } = checkout ?? {};
    return omitEmpty({
      email,
      phone: phone || billingAddress?.phone || shippingAddress?.phone,
      externalId: toPlainId(order?.customer?.id),
    });
  }

  /** @param {Partial<Customer> | null | undefined} customer The signed-in customer. @returns {Person} */
  function getAccount(customer) {
    return omitEmpty({ email: customer?.email, phone: customer?.phone, externalId: toPlainId(customer?.id) });
  }

  /** @param {Readonly<Record<string, string | null | undefined>>} fields @returns {Record<string, string>} */
  function omitEmpty(fields) {
    return Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value ? [[name, value]] : [])));
  }

  const largestAmount = 999999999999;

  /** Returns an amount with at most three decimals, as the tag requires. @param {unknown} value */
  function toAmount(value) {
    const amount = value === null || value === '' ? Number.NaN : Math.round(Number(value) * 1000) / 1000;
    return amount >= 0 && amount <= largestAmount ? amount : undefined;
  }

  /** @param {Line} line */
  function toItem({ variant, title, quantity, paid }) {
    const each = quantity ? toAmount(paid?.amount) : undefined;
    return {
      id: toItemId(variant),
      name: variant?.product?.title ?? title ?? undefined,
      price: toAmount(each === undefined ? variant?.price?.amount : each / (quantity ?? 1)),
      quantity: quantity ?? undefined,
    };
  }

  /** @param {ProductVariant | null | undefined} variant */
  function toItemId(variant) {
    /** @type {Record<string, string | undefined>} */
    const parts = {
      productId: toPlainId(variant?.product?.id),
      variantId: toPlainId(variant?.id),
      sku: variant?.sku || undefined,
    };
    const placeholders = itemIdForm.match(/\w+(?=\})/g) ?? [];
    if (!placeholders.every((part) => parts[part])) return undefined;
    return itemIdForm.replace(/\{(\w+)\}/g, (_, part) => parts[part] ?? '');
  }

  // 4. Reports to Convey. A failed report is sent again. The next page sends reports that wait when the page ends.

  /**
   * @typedef {object} Report
   * @property {string} id
   * @property {string} [ownId] The id without consent.
   * @property {number} time In UNIX milliseconds.
   * @property {string} [name] The name of an event.
   * @property {'identify' | 'consent'} [type] The type of a signal.
   * @property {{ url?: string, referrer?: string, title?: string, browserTag?: string }} [page]
   * @property {{ anonymousId?: string } & Person} [user]
   * @property {{ value?: number, currency?: string, orderId?: string, checkoutId?: string, [other: string]: unknown }} [commerce]
   * @property {Readonly<Record<string, unknown>>} [goal]
   * @property {Readonly<Record<string, unknown>>} [consent] Set when the consent is final: a later choice does not change it.
   */

  const platformCookies = [
    '_uetmsclkid',
    '_fbc',
    'FPGCLAW',
    '_gcl_aw',
    'FPGCLAG',
    '_gcl_ag',
    'FPGCLGB',
    '_gcl_gb',
    'ttclid',
    '_epik',
    '__oppref',
    'li_fat_id',
    '_scclid',
    '_rdt_cid',
    '_uetvid',
    '_fbp',
    '_gcl_au',
    '_ttp',
    '_pin_unauth',
    '__obref',
  ];
  const clickParams =
    /^(msclkid|fbclid|gclid|gbraid|wbraid|ttclid|epik|oppref|dclid|li_fat_id|sccid|rdt_cid|twclid|irclickid|irclid|qclid|tblci|dicbo|obclid|yclid)=/i;
  const limits = {
    reports: 50,
    items: 50,
    batch: 10,
    batchBytes: 30000,
    inFlightBytes: 60000,
    storedCharacters: 48000,
    storedMs: 86400000,
  };
  const storagePrefix = '_cvs.';
  const storageKey = storagePrefix + newId();

  /** @type {Report[]} */
  const reports = [];
  /** @type {Readonly<Record<string, string>>} */
  let cookies = {};
  let clientVisitor = '';
  let lastPerson = '';
  let wasGranted = isGranted();
  let areStoredReportsLoaded = false;
  let isSending = false;
  let failures = 0;
  let retryAt = 0;
  let holdUntil = Date.now() + delays.themeMs;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let isTagBlocked = false;

  function newId() {
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => (byte + 256).toString(16).slice(1)).join('');
  }

  /** @param {ShopEvent} shopEvent @param {StandardEvent | ThemeEvent} event */
  function reportToConvey(shopEvent, { timestamp, clientId, context }) {
    const themeAttribute = toList(shopEvent.attributes).find((one) => one?.key === visitorKey)?.value;
    if (themeAttribute !== undefined) themeValue = themeAttribute;
    applyConsent();
    if (!endpoint) return;
    // Shopify's id of this browser exists without consent too, so it is sent with consent only.
    clientVisitor = uuidHex(clientId) || clientVisitor;
    // The theme's pixel then finds the next cart and writes the visitor id into it.
    if (shopEvent.name === 'Purchase') void tryTopFrame(() => browser.sessionStorage.removeItem('_convey_cart'));
    const person = { ...getAccount(init.data?.customer), ...shopEvent.person };
    if (shopEvent.name === 'identify') {
      const personJson = JSON.stringify(person);
      if (personJson === lastPerson || personJson === '{}') return;
      lastPerson = personJson;
    }
    const { location, referrer, title } = context?.document ?? {};
    add({
      id: shopEvent.id,
      ...(shopEvent.ownId !== undefined && { ownId: shopEvent.ownId }),
      time: Date.parse(timestamp) || Date.now(),
      ...(shopEvent.name === 'identify'
        ? { type: 'identify' }
        : { name: shopEvent.name, commerce: toCommerce(shopEvent), goal: toGoal(shopEvent) }),
      page: { url: redactUrl(location?.href), referrer: redactUrl(referrer) || undefined, title: title || undefined },
      user: { ...(isVisitorId(themeAttribute) && { anonymousId: themeAttribute }), ...person },
    });
  }

  /** @param {string | null | undefined} clientId */
  function uuidHex(clientId) {
    const id = clientId ?? '';
    return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id) ? id.replaceAll('-', '').toLowerCase() : id;
  }

  /** Removes tokens and queries from the URL of a checkout or an order, because such a URL grants access. Keeps click ids. @param {string | null | undefined} href */
  function redactUrl(href) {
    const [path = '', query = ''] = (href ?? '').split(/[?#]/);
    const [, before, rest] = /^(.*?\/(?:checkouts|orders)\/)(.*)$/i.exec(path) ?? [];
    if (before === undefined) return href ?? undefined;
    const clicks = query.split('&').filter((pair) => clickParams.test(pair));
    return before + (rest ?? '').replace(/[^/]{16,}/g, '-') + (clicks.length > 0 ? `?${clicks.join('&')}` : '');
  }

  /** @param {ShopEvent} shopEvent */
  function toCommerce({ pageType, lines, total, category, searchTerm, orderId, checkoutId, customerType, custom }) {
    const { revenue_value: worth, currency, transaction_id: order, search_term: term } = custom ?? {};
    const items = (lines ?? []).slice(0, limits.items).map((line) => {
      const { variant } = line;
      const { product } = variant ?? {};
      return {
        ...toItem(line),
        brand: product?.vendor,
        category: product?.type,
        variant: variant?.title,
        sku: variant?.sku,
        productId: toPlainId(product?.id),
        variantId: toPlainId(variant?.id),
      };
    });
    return {
      value: toAmount(total?.amount ?? worth),
      currency: total?.currencyCode ?? text(currency),
      orderId: orderId ?? text(order),
      checkoutId,
      customerType,
      pageType,
      category,
      searchTerm: searchTerm ?? text(term),
      items: items.length > 0 ? items : undefined,
    };
  }

  /** @param {ShopEvent} shopEvent */
  function toGoal({ custom }) {
    return (
      custom && { category: text(custom.event_category), label: text(custom.event_label), value: toAmount(custom.event_value) }
    );
  }

  /** @param {string | null | undefined} value */
  function omitEmail(value) {
    return value && !/@|%40/.test(value) ? value : undefined;
  }

  /** @param {unknown} value */
  const text = (value) => (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined);

  /** @param {Report} report */
  function add(report) {
    const { state } = consent();
    // The first report holds the landing page.
    while (reports.length >= limits.reports) reports.splice(1, 1);
    if (state !== 'denied') reports.push(report);
    else if (report.name || report.consent) reports.push(finalize(report));
    save();
    if (report.type === 'consent' || urgentNames.test(report.name ?? '')) void flush();
    else scheduleFlush(delays.batchMs);
  }

  /** Returns the part of a report that may be sent after a denial: event, page and value. @param {Report} report @returns {Report} */
  function stripPersonalData({ id, ownId, time, name, page, commerce }) {
    const withoutQuery = (/** @type {string | undefined} */ url) => url?.replace(/[?#].*/, '');
    return {
      ...{ id: ownId ?? id, time, name },
      page: { url: withoutQuery(page?.url), referrer: withoutQuery(page?.referrer), browserTag: getBrowserTag(name) },
      commerce: { ...commerce, orderId: undefined, searchTerm: undefined, customerType: undefined },
    };
  }

  /** @param {Report} report @returns {Report} */
  function finalize(report) {
    return report.consent ? report : { ...stripPersonalData(report), consent: consent().statement };
  }

  /** Returns which tag counts a page view; if absent, Convey would assume that a tag in the theme counts it. @param {string | undefined} name */
  function getBrowserTag(name) {
    if (name !== 'PageView') return undefined;
    return hasTag ? (isTagBlocked ? 'blocked' : 'ran') : 'none';
  }

  /** Returns the report as it is sent under the current consent. @param {Report} report @returns {object} */
  function toPayload(report) {
    if (!isGranted()) return finalize(report);
    if (report.consent) return report;
    const statement = consent().statement;
    const page = { ...report.page, browserTag: getBrowserTag(report.name) };
    return { ...report, ownId: undefined, page, user: { anonymousId: visitor(), ...report.user }, cookies, consent: statement };
  }

  function visitor() {
    return isVisitorId(themeValue) ? themeValue : clientVisitor || undefined;
  }

  /** @param {readonly Report[]} rest */
  function packBatch(rest) {
    const isSendable = (/** @type {Report} */ { name, consent: own }) => name !== undefined || own !== undefined || isGranted();
    for (let count = Math.min(rest.length, limits.batch); ; count = Math.ceil(count / 2)) {
      const batch = rest.slice(0, count);
      const sendable = batch.filter(isSendable);
      const events = sendable.filter(({ type }) => !type).map(toPayload);
      const signals = sendable.filter(({ type }) => type).map(toPayload);
      const body = JSON.stringify({ writeKey: settings.writeKey, sentAt: Date.now(), events, signals });
      const bytes = new Blob([body]).size;
      if (bytes > limits.batchBytes && count > 1) continue;
      // An event that may have arrived keeps its id when it is sent again.
      if (isGranted()) for (const report of batch) delete report.ownId;
      return { batch, body, bytes, isEmpty: sendable.length === 0 };
    }
  }

  /** @param {number} ms */
  function scheduleFlush(ms) {
    timer ??= setTimeout(() => void flush(), ms);
  }

  /** Returns how long all reports have to wait; infinite until the shopper chooses. */
  function waitMs() {
    const { state } = consent();
    if (state === 'waiting') return Number.POSITIVE_INFINITY;
    const again = retryAt - Date.now();
    if (again > 0) return again;
    // The theme's pixel provides the visitor id and the choice within seconds. A checkout has no theme.
    const isThemeReady = isVisitorId(themeValue) || !settings.themeSnippet;
    const isUrgent = reports.some(({ name, commerce }) => name === 'Purchase' || commerce?.checkoutId);
    return state !== 'granted' || isThemeReady || isUrgent || Date.now() > holdUntil ? 0 : delays.batchMs / 2;
  }

  async function flush() {
    clearTimeout(timer);
    timer = undefined;
    if (!endpoint || isSending) return;
    isSending = true;
    await readTopFrame();
    while (reports.length > 0 && waitMs() === 0) await send(packBatch(reports));
    isSending = false;
    const wait = waitMs();
    if (reports.length > 0 && Number.isFinite(wait)) scheduleFlush(wait);
  }

  /** @param {ReturnType<typeof packBatch>} batchToSend */
  async function send({ batch, body, bytes, isEmpty }) {
    if (isEmpty) return remove(batch);
    let isFinal = false;
    let retryAfterMs = 0;
    try {
      const answer = await post(body, bytes);
      retryAfterMs = Number(answer.headers.get('retry-after')) * 1000 || 0;
      isFinal = answer.status < 500 && answer.status !== 408 && answer.status !== 429;
      if (isFinal) logProblems(await answer.json().catch(() => createGatewayError(answer)));
    } catch {} // Offline, blocked or cut off: the batch is sent again.
    if (isFinal) {
      failures = 0;
      remove(batch);
    } else {
      const backoffMs = Math.min(delays.firstRetryMs * 2 ** failures++, delays.longestRetryMs) * (1 + Math.random());
      retryAt = Date.now() + Math.min(Math.max(retryAfterMs, backoffMs), limits.storedMs);
    }
  }

  /** Sends text, which needs no preflight. @param {string} body @param {number} bytes */
  async function post(body, bytes) {
    const signal = AbortSignal.timeout?.(delays.answerMs);
    return fetch(endpoint ?? '', { method: 'POST', body, keepalive: bytes < limits.inFlightBytes, credentials, signal });
  }

  /** @param {Response} answer */
  function createGatewayError({ status }) {
    return { error: { message: `\`collector\` is not a Convey gateway: it answered ${status}. Check the URL.` } };
  }

  /** @param {{ error?: { message?: string }, rejected?: readonly { issues?: readonly { message?: string }[] }[] }} answer */
  function logProblems({ error, rejected }) {
    const issues = toList(rejected).flatMap((one) => toList(one.issues));
    for (const { message } of error ? [error] : issues) console.warn(`Convey rejected an event: ${message}`);
  }

  /** @param {readonly Report[]} sent */
  function remove(sent) {
    const ids = new Set(sent.map(({ id }) => id));
    reports.splice(0, reports.length, ...reports.filter(({ id }) => !ids.has(id)));
    save();
  }

  /** Sends the remaining reports without waiting for responses. The stored copy stays, so that the next page sends them again. */
  function sendBeforeExit() {
    for (let rest = [...reports]; endpoint && rest.length > 0; ) {
      const { batch, body, bytes, isEmpty } = packBatch(rest);
      if (!isEmpty) post(body, bytes).catch(() => {});
      rest = rest.slice(batch.length);
    }
    // A page restored from the back/forward cache sends them again too. The ids are the same, so they count once.
    if (!isGranted()) reports.length = 0;
  }

  /** Stores unsent events in the shop's storage, without personal data and only with consent. */
  function save() {
    if (!isGranted() || reports.length === 0) {
      void tryTopFrame(() => browser.localStorage.removeItem(storageKey));
      return;
    }
    const kept = reports.filter(({ type }) => !type).map(toStoredReport);
    while (JSON.stringify(kept).length > limits.storedCharacters) kept.shift();
    void tryTopFrame(() => browser.localStorage.setItem(storageKey, JSON.stringify(kept)));
  }

  /** @param {Report} report @returns {Report} */
  function toStoredReport({ id, time, name, page, user, commerce, consent: own }) {
    const [path = '', query = ''] = (page?.url ?? '').split(/[?#]/);
    const clicks = query.split('&').filter((pair) => clickParams.test(pair));
    const { value, currency, orderId, checkoutId } = commerce ?? {};
    return {
      ...{ id, time, name, consent: own },
      page: { url: omitEmail(`${path}?${clicks.join('&')}`) },
      user: own ? undefined : { anonymousId: user?.anonymousId ?? visitor() },
      commerce: { value, currency, orderId: omitEmail(orderId), checkoutId },
    };
  }

  /** Loads unsent events of earlier pages. Without consent, deletes them. */
  async function loadStoredReports() {
    const count = Number(await tryTopFrame(() => browser.localStorage.length())) || 0;
    const names = await Promise.all(
      Array.from({ length: count }, (_, index) => tryTopFrame(() => browser.localStorage.key(index))),
    );
    for (const name of names) {
      if (typeof name !== 'string' || !name.startsWith(storagePrefix) || name === storageKey) continue;
      const left = String((await tryTopFrame(() => browser.localStorage.getItem(name))) ?? '');
      await tryTopFrame(() => browser.localStorage.removeItem(name));
      if (!isGranted()) continue;
      try {
        /** @type {Report[]} */
        const earlier = JSON.parse(left);
        reports.unshift(...earlier.filter(({ id, time }) => id && time > Date.now() - limits.storedMs).slice(-limits.reports));
      } catch {} // Not Convey's, or incomplete.
    }
    save();
  }

  /** Reads cookies and storage of the top frame. Shopify relays the calls and may not answer. */
  async function readTopFrame() {
    const topFrameRead = (async () => {
      const [value, choice, storedChoice] = await Promise.all([
        tryTopFrame(() => browser.sessionStorage.getItem(visitorKey)),
        tryTopFrame(() => browser.sessionStorage.getItem(themeChoiceKey)),
        tryTopFrame(() => browser.localStorage.getItem(choiceKey)),
      ]);
      themeValue = value ?? themeValue;
      themeChoice = choice;
      lastChoice = storedChoice;
      applyConsent();
      if (consent().state === 'waiting') return;
      if (!areStoredReportsLoaded) await loadStoredReports();
      areStoredReportsLoaded = true;
      if (!isGranted()) return;
      const values = await Promise.all(platformCookies.map((name) => tryTopFrame(() => browser.cookie.get(name))));
      cookies = Object.fromEntries(platformCookies.flatMap((name, at) => (values[at] ? [[name, String(values[at])]] : [])));
    })();
    await Promise.race([topFrameRead, new Promise((resolve) => setTimeout(resolve, delays.topMs))]);
  }

  /** @template T @param {() => Promise<T>} call @returns {Promise<T | undefined>} */
  async function tryTopFrame(call) {
    try {
      return await call();
    } catch {
      return undefined;
    }
  }

  /** Applies a consent change by a choice on this page, or by an earlier one that the top frame stores. */
  function applyConsent() {
    if (consent().state === 'denied') {
      const rest = reports.filter(({ name, consent: own }) => name !== undefined || own !== undefined);
      reports.splice(0, reports.length, ...rest.map(finalize));
      cookies = {};
    }
    if (isGranted() === wasGranted) return;
    wasGranted = !wasGranted;
    setTagConsent('update');
  }

  /** @param {typeof allowed} choice */
  function choose(choice) {
    const visitorIds = isGranted() ? new Set([visitor(), clientVisitor]) : [];
    allowed = choice;
    isChosen = true;
    areStoredReportsLoaded = false;
    holdUntil = Date.now() + delays.themeMs;
    const { state, statement } = consent();
    void tryTopFrame(() => browser.localStorage.setItem(choiceKey, state));
    applyConsent();
    const signal = () => /** @type {const} */ ({ id: `consent-${newId()}`, time: Date.now(), type: 'consent' });
    // A grant carries the landing page. A withdrawal carries the visitor ids that it applies to.
    if (state === 'granted') add({ ...signal(), page: { url: redactUrl(init.context?.document?.location?.href) } });
    else for (const anonymousId of visitorIds) if (anonymousId) add({ ...signal(), user: { anonymousId }, consent: statement });
    void flush();
  }

  // 5. Events of the UET tag, with the names and ids that Convey sends from the server. The tag rejects an event with one invalid value.

  const patterns = { prodid: /^[A-Za-z0-9-]{1,50}$/, currency: /^[A-Za-z]{3}$/, phone: /^\+[1-9]\d{6,14}$/ };
  /** Parameters about products and value. Others, such as a search term or a page title, may contain personal data. */
  const allowedWithoutConsent =
    /^(event_id|event_value|revenue_value|currency|tax|shipping|items|ecomm_(pagetype|prodid|totalvalue)|page_(path|location))$/;
  const amounts = ['event_value', 'revenue_value', 'ecomm_totalvalue', 'tax', 'shipping'];
  // A beacon is a URL of at most 4,096 characters. These are the shares of the lists.
  const maxLengths = { items: 1800, ids: 600 };
  /** @type {Readonly<Record<string, string>>} */
  const microsoftNames = {
    PageView: 'page_view',
    ViewContent: 'view_item',
    Search: 'search',
    AddToCart: 'add_to_cart',
    InitiateCheckout: 'begin_checkout',
    Purchase: 'purchase',
  };

  /** @param {...unknown} parameters */
  function push(...parameters) {
    if (hasTag) window.uetq?.push(...parameters);
  }

  /** @param {'default' | 'update'} mode */
  function setTagConsent(mode) {
    push('consent', mode, { ad_storage: isGranted() ? 'granted' : 'denied' });
  }

  /** Returns whether cookies can be read: in a frame with an opaque origin that throws. */
  function hasCookies() {
    try {
      return typeof document.cookie === 'string';
    } catch {
      return false;
    }
  }

  function loadTag() {
    window.uetq = window.uetq || [];
    // The default has to be the tag's first command.
    setTagConsent('default');
    const withCookies = hasCookies();
    if (!withCookies) Object.defineProperty(document, 'cookie', { configurable: true, get: () => '', set: () => {} });
    const script = document.createElement('script');
    script.async = true;
    script.src = settings.script;
    script.onerror = () => {
      isTagBlocked = true;
    };
    script.onload = () => {
      if (!window.UET) return;
      window.uetq = new window.UET({
        ti: settings.tagId,
        q: window.uetq,
        // Shopify reports page views and consent.
        disableAutoPageView: true,
        enableAutoSpaTracking: false,
        enableAutoConsent: false,
        storeConvTrackCookies: withCookies,
      });
      push('pageLoad');
    };
    document.head.append(script);
  }

  /** @param {ShopEvent} shopEvent @param {Context | null | undefined} context */
  function reportToTag(shopEvent, context) {
    if (!hasTag || shopEvent.name === 'identify') return;
    const name = settings.eventNames[shopEvent.name] ?? microsoftNames[shopEvent.name] ?? shopEvent.name;
    push('event', name, omitInvalid(shopEvent.custom ? omitEmails(shopEvent.custom) : toTagParameters(shopEvent, context)));
  }

  /** @param {ShopEvent} shopEvent @param {Context | null | undefined} context @returns {Record<string, unknown>} */
  function toTagParameters({ name, id, ownId, pageType, lines, total, searchTerm, orderId, person }, context) {
    if (name === 'PageView') return { event_id: id, ...toTagPage(context) };
    const sold = lines ?? [];
    const ids = sold.map(({ variant }) => toItemId(variant)).filter((one) => one !== undefined);
    const isList = pageType === 'category' || pageType === 'searchresults';
    const isAtCart = pageType === 'cart' || pageType === 'purchase';
    const items = isList ? [] : sold.map(toItem).filter((item) => item.id || item.name);
    return {
      event_id: isGranted() ? id : (ownId ?? id),
      transaction_id: orderId,
      search_term: omitEmail(searchTerm),
      ecomm_pagetype: pageType,
      ecomm_prodid: [...new Set(ids)],
      items: truncateList(items, maxLengths.items),
      revenue_value: total?.amount,
      ecomm_totalvalue: isAtCart ? total?.amount : undefined,
      currency: total?.currencyCode,
      pid: person && toPid(person),
    };
  }

  /** @param {Context | null | undefined} context */
  function toTagPage(context) {
    const { origin, pathname, search } = context?.document?.location ?? {};
    if (!pathname) return {};
    const path = redactUrl(pathname + (isGranted() ? (omitEmail(search) ?? '') : '')) ?? '';
    return { page_path: path, page_location: origin ? origin + path : undefined, page_title: context?.document?.title };
  }

  /** @param {Person} person */
  function toPid({ email, phone }) {
    const number = String(phone ?? '').replace(/[\s().-]/g, '');
    const pid = { ...(email?.includes('@') && { em: email }), ...(patterns.phone.test(number) && { ph: number }) };
    return Object.keys(pid).length > 0 ? pid : undefined;
  }

  /** @param {Readonly<Record<string, unknown>>} fields @returns {Record<string, unknown>} */
  function omitEmails(fields) {
    return Object.fromEntries(
      Object.entries(fields).filter(([name, value]) => name === 'pid' || !/@|%40/.test(JSON.stringify(value) ?? '')),
    );
  }

  /** @template T @param {readonly T[]} list @param {number} maxChars */
  function truncateList(list, maxChars) {
    const fitting = [...list];
    while (encodeURIComponent(JSON.stringify(fitting)).length > maxChars) fitting.pop();
    return fitting.length > 0 ? fitting : undefined;
  }

  /** Removes parameters that the tag would reject or that consent does not allow. @param {Record<string, unknown>} parameters */
  function omitInvalid(parameters) {
    const { ecomm_prodid: ids, currency, pid, transaction_id: order, ...fields } = parameters;
    for (const name of amounts) if (name in fields) fields[name] = toAmount(fields[name]);
    // An amount without a currency has no meaning.
    if (typeof currency === 'string' && patterns.currency.test(currency)) fields.currency = currency;
    else for (const name of ['revenue_value', 'ecomm_totalvalue']) delete fields[name];
    // A truncated id would be another id, so an invalid id is removed. The tag requires the page type with product ids.
    const products = [ids].flat().filter((id) => typeof id === 'string' && patterns.prodid.test(id));
    if (fields.ecomm_pagetype) fields.ecomm_prodid = truncateList(products, maxLengths.ids);
    const isAllowedName = isGranted() ? () => true : (/** @type {string} */ name) => allowedWithoutConsent.test(name);
    if (isGranted() && order) fields.transaction_id = order;
    if (isGranted() && settings.enhancedConversions && pid) fields.pid = pid;
    return Object.fromEntries(
      Object.entries(fields).filter(([name, value]) => value !== undefined && value !== null && isAllowedName(name)),
    );
  }

  // 6. Subscriptions. An error in one event affects neither the next event nor the other recipient.

  /** @param {string} name @param {string} recipient @param {() => void} report */
  function attempt(name, recipient, report) {
    try {
      report();
    } catch {
      console.warn(`The event ${name} could not be sent to ${recipient}.`);
    }
  }

  /** @template {StandardEvent | ThemeEvent} E @param {(event: E) => ShopEvent | undefined} read */
  function createListener(read) {
    return (/** @type {E} */ event) =>
      attempt(event?.name, 'Convey and the UET tag', () => {
        const shopEvent = read(event);
        if (!shopEvent) return;
        attempt(event.name, 'Convey', () => reportToConvey(shopEvent, event));
        // A denial in the theme is known by then.
        void topFrameRead.then(() => attempt(event.name, 'the UET tag', () => reportToTag(shopEvent, event.context)));
      });
  }

  /** Maps a theme's own event. Ignores events without an id, which other apps publish. @param {ThemeEvent} event @returns {ShopEvent | undefined} */
  function fromThemeEvent({ name, customData }) {
    const id = text(customData?.event_id);
    if (!customData || !id || /@|%40/.test(id)) return undefined;
    const { em, ph } = Object(customData.pid);
    return { name, id, custom: customData, person: omitEmpty({ email: text(em), phone: text(ph) }) };
  }

  const topFrameRead = readTopFrame();
  if (hasTag) void topFrameRead.then(loadTag);
  analytics.subscribe('all_standard_events', createListener(toShopEvent));
  analytics.subscribe('all_custom_events', createListener(fromThemeEvent));
  // Custom pixels have the consent API in `api`, app pixels in a global.
  const privacyApi = typeof api === 'undefined' ? undefined : api?.customerPrivacy;
  const changes = privacyApi ?? (typeof customerPrivacy === 'undefined' ? undefined : customerPrivacy);
  changes?.subscribe('visitorConsentCollected', (event) => choose(event?.customerPrivacy));
  addEventListener('pagehide', sendBeforeExit);
  document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && void flush());
  void flush();
})();
