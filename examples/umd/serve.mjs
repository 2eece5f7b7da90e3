// Serves both pages with a Pusher server beside them, so that nobody has to copy a port or a name.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTestServer } from 'surewire/testing';

const channel = 'content-generation-42';
const types = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript' };

/** Where the files for script tags lie: beside what `import` finds. */
const dist = dirname(fileURLToPath(import.meta.resolve('surewire')));
const pusher = join(dirname(createRequire(import.meta.url).resolve('pusher-js')), '../web');
const pages = dirname(fileURLToPath(import.meta.url));

const pusherServer = createTestServer();
const { options } = await pusherServer.listen();

// Something to follow: a lesson that is generated again and again.
let progress = 0;
setInterval(() => {
  progress = (progress + 10) % 110;
  pusherServer.trigger(channel, 'progress', { progress });
}, 1_000);

/** @param {string} path @returns {string} */
function fileOf(path) {
  const name = basename(path) || 'index.html';
  if (/\/dist\/web\//.test(path)) return join(pusher, name);
  return join(/\/dist\//.test(path) ? dist : pages, name);
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://example');
  if (pathname === '/where') {
    const { key, host, port } = options;
    response.end(JSON.stringify({ key, host, port, channel }));
    return;
  }
  const file = fileOf(pathname);
  const [, ending = ''] = /(\.\w+)$/.exec(file) ?? [];
  readFile(file).then(
    (bytes) => response.setHeader('content-type', types[ending] ?? 'text/plain').end(bytes),
    () => response.writeHead(404).end(),
  );
});
server.listen(0, '127.0.0.1', () => {
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`
  one file with pusher-js inside      http://127.0.0.1:${port}/index.html
  beside the page's own pusher-js     http://127.0.0.1:${port}/slim.html

  Ctrl-C stops it.
`);
});
