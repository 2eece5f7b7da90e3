// A plugin for TypeDoc: the guides in reading order, and what makes the documentation a site.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { Application, IndexEvent, PageEvent, RendererEvent } from 'typedoc';
import { bundleExamples } from './site-examples.mjs';
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

/** @param {Application} app */
export function load(app) {
  app.on(Application.EVENT_BOOTSTRAP_END, () => app.options.setValue('projectDocuments', guides()));
  app.renderer.on(IndexEvent.PREPARE_INDEX, (event) => {
    // Who searches for a word that a guide is about wants the guide before every method that has it in its name.
    event.searchFieldWeights['keywords'] = 40;
    for (const [index, reflection] of event.searchResults.entries()) {
      // What the old service calls by that name is not what most people look for.
      if (/^surewire\/legacy/.test(reflection.getFullName())) reflection.relevanceBoost = 0.1;
      if (!reflection.isDocument()) continue;
      reflection.relevanceBoost = 6;
      event.searchFields[index] = { keywords: String(reflection.frontmatter['keywords'] ?? '') };
    }
  });
  app.renderer.on(PageEvent.END, (page) => {
    if (page.contents === undefined) return;
    // A wide table scrolls by itself, and not the page; with the keyboard, too.
    page.contents = page.contents
      .replaceAll('<table>', '<div class="table" tabindex="0"><table>')
      .replaceAll('</table>', '</table></div>');
    // A guide and the landing page have titles of their own.
    if (page.model.isDocument?.() || page.url === 'index.html') {
      page.contents = page.contents.replace(/<div class="tsd-page-title">[\s\S]*?<\/div>/, '');
    }
  });
  app.renderer.on(RendererEvent.BEGIN, ({ outputDirectory }) => {
    app.renderer.postRenderAsyncJobs.push(async () => {
      await bundleExamples(outputDirectory, guides());
      writePlainText(outputDirectory, guides());
      for (const link of deadLinks(outputDirectory)) app.logger.error(link);
    });
  });
}
