// A module of a worker as one writes it: the client is made outside of the handler, and works in it. Run by workerd.
import { client, news } from './news.mjs';

export default {
  async fetch() {
    const said = await news.once('said', { timeout: 60_000 });
    client.destroy();
    return Response.json(said);
  },
};
