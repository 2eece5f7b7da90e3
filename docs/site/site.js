// Loads what makes examples run, on pages that have some.
const { src } = document.currentScript;
addEventListener('DOMContentLoaded', () => {
  const place = document.querySelector('.live');
  if (place === null) return;
  const page = location.pathname.replace(/^.*\//, '').replace(/\.html$/, '') || 'index';
  void import(new URL('../live/live.js', src).href).then(({ mountPage }) => mountPage(page));
});
