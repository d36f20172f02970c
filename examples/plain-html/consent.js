// The shopper's choice. The shop remembers it, and tells Convey on every page.

const key = 'shop-consent';

function tell(adStorage) {
  convey('consent', { adStorage });
  document.querySelector('footer output').textContent = adStorage === 'granted' ? 'You said yes.' : 'You said no.';
}

for (const button of document.querySelectorAll('[data-consent]')) {
  button.addEventListener('click', () => {
    localStorage.setItem(key, button.dataset.consent);
    tell(button.dataset.consent);
  });
}

const remembered = localStorage.getItem(key);
if (remembered) tell(remembered);
