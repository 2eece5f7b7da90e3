// Finds links of the built site that lead nowhere: a page that is not there, an anchor that its page does not have, raw Markdown.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** @param {string} site @returns {string[]} one sentence each */
export function deadLinks(site) {
  const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.html'),
  );
  /** @type {Map<string, { html: string, anchors: Set<string> }>} */
  const read = new Map();
  for (const name of pages) {
    const html = readFileSync(join(site, name), 'utf8');
    const anchors = new Set(Array.from(html.matchAll(/ (?:id|name)="([^"]+)"/g), ([, id = '']) => id));
    read.set(join(site, name), { html, anchors });
  }
  const faults = new Set();
  for (const [path, { html, anchors }] of read) {
    const page = relative(site, path);
    for (const [, href = ''] of html.matchAll(/<a [^>]*?href="([^"]*)"/g)) {
      if (/^[a-z]+:/.test(href)) continue;
      const [target = '', anchor] = decodeURIComponent(href).split('#');
      const file = target === '' ? path : join(dirname(path), target);
      if (target.endsWith('.md')) faults.add(`${page} links to raw Markdown, ${href}`);
      else if (!existsSync(file)) faults.add(`${page} links to ${href}, which is not there`);
      else if (anchor && !(target === '' ? anchors : read.get(file)?.anchors)?.has(anchor))
        faults.add(`${page} links to ${href}, which has no such anchor`);
    }
  }
  return [...faults];
}
