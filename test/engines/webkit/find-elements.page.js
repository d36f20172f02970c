/**
 * Finds the elements that the steps of a locator describe. It runs in the page, and is sent there as text.
 * @param {readonly Record<string, any>[]} steps
 */
export function findElements(steps) {
  const roles = {
    alert: '',
    button: 'button,summary,input[type=button],input[type=submit]',
    cell: 'td',
    checkbox: 'input[type=checkbox]',
    columnheader: 'th:not([scope=row])',
    rowheader: 'th[scope=row]',
    combobox: 'select',
    dialog: 'dialog',
    group: 'fieldset,details',
    heading: 'h1,h2,h3,h4,h5,h6',
    img: 'img',
    link: 'a[href]',
    list: 'ul,ol',
    listitem: 'li',
    main: 'main',
    navigation: 'nav',
    option: 'option',
    radio: 'input[type=radio]',
    region: 'section',
    row: 'tr',
    searchbox: 'input[type=search]',
    status: 'output',
    table: 'table',
    textbox: 'input:not([type]),input[type=text],input[type=email],input[type=tel],input[type=url],textarea',
  };
  const trim = (text) => (text ?? '').replace(/\s+/g, ' ').trim();
  const matches = (found, { text, form, flags, exact }) => {
    if (form !== undefined) return new RegExp(form, flags).test(trim(found));
    return exact ? trim(found) === trim(text) : trim(found).toLowerCase().includes(trim(text).toLowerCase());
  };
  const isShown = (one) => one.checkVisibility({ visibilityProperty: true }) && !one.closest('[aria-hidden=true],[inert]');
  const getContent = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeType !== Node.ELEMENT_NODE || node.closest('[aria-hidden=true]')) return '';
    const label = node.getAttribute('aria-label') ?? node.getAttribute('alt');
    if (label) return label;
    const text = [...node.childNodes].map(getContent).join('');
    return getComputedStyle(node).display === 'inline' ? text : ` ${text} `;
  };
  const getName = (one) => {
    const ids = one.getAttribute('aria-labelledby')?.split(/\s+/) ?? [];
    const named = ids.map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
    if (trim(named)) return named;
    if (one.getAttribute('aria-label')) return one.getAttribute('aria-label');
    const labels = [...(one.labels ?? [])].map(getContent).join(' ');
    if (trim(labels)) return labels;
    if (one.matches('input')) return one.type === 'submit' || one.type === 'button' ? one.value : one.title || one.placeholder;
    const legend = one.querySelector(':scope > legend,:scope > caption');
    if (legend) return legend.textContent;
    return one.matches('section,dialog,[role=dialog],[role=region],[role=group],[role=status],[role=alert],nav,table')
      ? one.title
      : getContent(one) || one.title;
  };
  const getLevel = (one) => Number(one.getAttribute('aria-level') ?? one.tagName.slice(1));
  const queries = {
    css: (root, { css }) => [...root.querySelectorAll(css)],
    role: (root, { role, name, level }) =>
      [...root.querySelectorAll([`[role=${role}]`, roles[role]].filter(Boolean).join())].filter(
        (one) =>
          (one.getAttribute('role') ?? role) === role &&
          isShown(one) &&
          (level === undefined || getLevel(one) === level) &&
          (name === undefined || matches(getName(one), name)),
      ),
    label: (root, { label }) =>
      [...root.querySelectorAll('input,select,textarea,[aria-label],[aria-labelledby]')].filter((one) => {
        const ids = one.getAttribute('aria-labelledby')?.split(/\s+/) ?? [];
        const texts = [...(one.labels ?? []), ...ids.map((id) => document.getElementById(id))].map((each) => each?.textContent);
        return [...texts, one.getAttribute('aria-label')].some((text) => text && matches(text, label));
      }),
    text: (root, { text }) =>
      [...root.querySelectorAll('*')].filter(
        (one) =>
          !one.closest('script,style,noscript,head') &&
          matches(one.textContent, text) &&
          ![...one.children].some((child) => matches(child.textContent, text)),
      ),
    attribute: (root, { attribute, value }) =>
      [...root.querySelectorAll(`[${attribute}]`)].filter((one) => matches(one.getAttribute(attribute), value)),
  };
  let found = [document];
  for (const step of steps) {
    if (step.kind === 'nth') found = found.slice(step.nth, step.nth === -1 ? undefined : step.nth + 1);
    else if (step.kind === 'filter') found = found.filter((one) => matches(one.textContent, step.hasText));
    else found = [...new Set(found.flatMap((root) => queries[step.kind](root, step)))];
  }
  return found;
}
