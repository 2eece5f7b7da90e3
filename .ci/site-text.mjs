// Beside each page its text: every guide as Markdown, and `llms.txt`, which lists them.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pageOf } from './site-examples.mjs';

const address = 'https://surewire.github.io/surewire';

/** The first sentence after the title. @param {string} text @returns {string} */
function sentenceOf(text) {
  const paragraph = /^# .*\n\n([\s\S]*?)\n\n/m.exec(text)?.[1] ?? '';
  const plain = paragraph.startsWith('|')
    ? ''
    : paragraph.replaceAll('\n', ' ').replaceAll(/[*_]|\[([^\]]*)\]\([^)]*\)/g, '$1');
  return /^.*?[.:](?= |$)/.exec(plain)?.[0] ?? plain;
}

/** @param {string} site @param {readonly string[]} guides */
export function writePlainText(site, guides) {
  mkdirSync(join(site, 'documents'), { recursive: true });
  /** @type {Map<string, string[]>} */
  const groups = new Map();
  for (const path of guides) {
    const text = readFileSync(path, 'utf8');
    const [, title = basename(path)] = /^title: (.*)$/m.exec(text) ?? [];
    const [, group = 'Reference'] = /^group: (.*)$/m.exec(text) ?? [];
    const name = `${pageOf(path)}.md`;
    // A link to another guide leads to that guide's Markdown.
    const body = text
      .replace(/^---\n[\s\S]*?\n---\n/, '')
      .replaceAll(
        /\]\(([a-z-]+)\.md(#[^)]*)?\)/g,
        (_, other, anchor = '') => `](${pageOf(`docs/guides/${other}.md`)}.md${anchor})`,
      );
    writeFileSync(join(site, 'documents', name), body);
    const line = `- [${title}](${address}/documents/${name}): ${sentenceOf(body)}`;
    groups.set(group, [...(groups.get(group) ?? []), line]);
  }
  const lists = Array.from(groups, ([group, lines]) => `## ${group}\n\n${lines.join('\n')}`).join('\n\n');
  writeFileSync(
    join(site, 'llms.txt'),
    `# surewire\n\n> Realtime over Pusher Channels that people can trust: typed channels, acknowledged publishing, an outbox that loses nothing, connections that come back. MIT, TypeScript, for browsers and Node.\n\n${lists}\n`,
  );
}
