// Loads what makes examples run, on pages that have some.
const { src } = document.currentScript;
addEventListener('DOMContentLoaded', () => {
  const place = document.querySelector('.live');
  if (place === null) return;
  const page = location.pathname.replace(/^.*\//, '').replace(/\.html$/, '') || 'index';
  void import(new URL('../live/live.js', src).href).then(({ mountPage }) => mountPage(page));
});

// A group of the navigation that is a page as well: a link inside a control cannot be reached with a screen reader, so it becomes the first below it.
addEventListener('DOMContentLoaded', () => {
  const place = document.querySelector('#tsd-nav-container');
  if (place === null) return;
  const separate = () => {
    for (const link of place.querySelectorAll('summary a[href]')) {
      const name = document.createElement('span');
      name.append(...link.childNodes);
      link.replaceWith(name);
      const item = document.createElement('li');
      item.append(link);
      link.textContent = 'Overview';
      name.closest('details')?.querySelector('ul')?.prepend(item);
    }
  };
  separate();
  // Groups are filled when they are opened.
  new MutationObserver(separate).observe(place, { childList: true, subtree: true });
});
