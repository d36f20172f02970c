// Stores the shopper's choice and passes it to Convey on every page.

const key = 'shop-consent';

function setConsent(adStorage) {
  convey('consent', { adStorage });
  document.querySelector('footer output').textContent = adStorage === 'granted' ? 'You accepted.' : 'You declined.';
}

for (const button of document.querySelectorAll('[data-consent]')) {
  button.addEventListener('click', () => {
    localStorage.setItem(key, button.dataset.consent);
    setConsent(button.dataset.consent);
  });
}

const stored = localStorage.getItem(key);
if (stored) setConsent(stored);
