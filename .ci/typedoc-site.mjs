// A plugin for TypeDoc: the guides in reading order, and what makes the documentation a site.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Application, IndexEvent, PageEvent, RendererEvent } from 'typedoc';
import { bundleExamples } from './site-examples.mjs';
import { buildSeconds } from './site-limits.mjs';
import { deadLinks } from './site-links.mjs';
import { writePlainText } from './site-text.mjs';

const folder = 'docs/guides';

/** The guides in reading order; one that the order does not know comes last. @returns {string[]} */
export function guides() {
  /** @type {Record<string, string[]>} */
  const order = JSON.parse(readFileSync('docs/site/order.json', 'utf8'));
  const known = Object.values(order)
    .flat()
    .map((name) => `${folder}/${name}.md`);
  const there = readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
  return [...known.filter((path) => existsSync(path)), ...there.filter((path) => !known.includes(path))];
}

const summary =
  'A TypeScript client for Pusher Channels, soketi and Laravel Reverb that does not lose messages: every publish settles, connections recover, tokens are renewed.';

/** What every page leads to; TypeDoc's own option takes whole addresses only. @param {string} above @returns {string} */
function toolbarLinks(above) {
  return [
    ['documents/Getting_started.html', 'Guides'],
    ['documents/Try_it.html', 'Try it'],
    ['documents/Comparison.html', 'Comparison'],
    ['modules/surewire.html', 'API'],
  ]
    .map(([address, name]) => `<a href="${above}${address}">${name}</a>`)
    .join('');
}

/**
 * Says the level of a heading that leaves some out, as the theme's for the parts of a class do, so that nobody looks for what lies between.
 * @param {string} html
 */
function withHeadingLevels(html) {
  const start = html.indexOf('role="main"');
  let before = 0;
  const body = html.slice(start).replaceAll(/<h([1-6])(?=[ >])/g, (tag, digit) => {
    const level = Math.min(Number(digit), before + 1);
    before = level;
    return level === Number(digit) ? tag : `${tag} aria-level="${level}"`;
  });
  return html.slice(0, start) + body;
}

/** @param {Application} app */
export function load(app) {
  app.on(Application.EVENT_BOOTSTRAP_END, () => app.options.setValue('projectDocuments', guides()));
  app.renderer.on(IndexEvent.PREPARE_INDEX, (event) => {
    // Who searches for a word that a guide is about wants the guide before every method that has it in its name.
    event.searchFieldWeights['keywords'] = 120;
    for (const [index, reflection] of event.searchResults.entries()) {
      // What the old service calls by that name is not what most people look for.
      if (/^surewire\/legacy/.test(reflection.getFullName())) reflection.relevanceBoost = 0.1;
      if (!reflection.isDocument()) continue;
      reflection.relevanceBoost = 10;
      event.searchFields[index] = { keywords: String(reflection.frontmatter['keywords'] ?? '') };
    }
  });
  app.renderer.on(PageEvent.END, (page) => {
    if (page.contents === undefined) return;
    // A wide table scrolls by itself, and not the page; with the keyboard, too.
    page.contents = page.contents
      .replaceAll('<table>', '<div class="table" tabindex="0"><table>')
      .replaceAll('</table>', '</table></div>')
      // A column without a heading has none to read out.
      .replaceAll(/<thead>\s*<tr>(\s*<th><\/th>)+\s*<\/tr>\s*<\/thead>/g, '')
      .replaceAll('<th></th>', '<td></td>')
      .replace('<div class="col-content">', '<div class="col-content" role="main">')
      .replace(
        '<div class="page-menu">',
        '<div class="page-menu" role="complementary" aria-label="This page">',
      )
      .replace('<nav id="tsd-sidebar-links"', '<nav id="tsd-sidebar-links" aria-label="Elsewhere"')
      .replaceAll('<nav class="tsd-navigation">', '<nav class="tsd-navigation" aria-label="Pages">')
      .replaceAll(
        '<nav class="tsd-navigation settings">',
        '<nav class="tsd-navigation settings" aria-label="Settings">',
      )
      // A control inside a control cannot be reached with a screen reader.
      .replaceAll(
        /(<summary[^>]*>(?:(?!<\/summary>).)*?)<a [^>]*>((?:(?!<\/summary>).)*?)<\/a>/gs,
        '$1<span>$2</span>',
      );
    page.contents = withHeadingLevels(page.contents);
    // A guide and the landing page have titles of their own.
    if (page.model.isDocument?.() || page.url === 'index.html') {
      page.contents = page.contents.replace(/<div class="tsd-page-title">[\s\S]*?<\/div>/, '');
    }
    if (page.url === 'index.html') page.contents = page.contents.replace('<body>', '<body class="landing">');
    const above = '../'.repeat(page.url.split('/').length - 1);
    page.contents = page.contents
      .replace('id="tsd-toolbar-links">', (start) => start + toolbarLinks(above))
      .replace('content="Documentation for surewire"', `content="${summary}"`);
  });
  app.renderer.on(RendererEvent.BEGIN, ({ outputDirectory }) => {
    app.renderer.postRenderAsyncJobs.push(async () => {
      await bundleExamples(outputDirectory, guides());
      writePlainText(outputDirectory, guides());
      for (const link of deadLinks(outputDirectory)) app.logger.error(link);
      const { user, system } = process.cpuUsage();
      const seconds = (user + system) / 1e6;
      if (seconds > buildSeconds)
        app.logger.error(
          `The site took ${seconds.toFixed()} s of CPU to build; ${buildSeconds} are allowed.`,
        );
    });
  });
}
