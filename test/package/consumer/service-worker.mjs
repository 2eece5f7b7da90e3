// A service worker that follows a channel and tells its pages. Bundled into one file, for it cannot load code later.
import { news } from './news.mjs';

news.on('said', async (said) => {
  for (const page of await clients.matchAll({ includeUncontrolled: true })) page.postMessage(said);
});
