/** The element of that id, which is of that class: the page is ours, so anything else is a mistake in it. */
export function find<E extends HTMLElement>(id: string, type: new () => E): E {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new Error(`There is no ${type.name} with the id "${id}".`);
}

/** A new element with these attributes and texts or elements in it. */
export function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>>,
  ...content: readonly (string | Node)[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...content);
  return element;
}

/** A button that does something. */
export function button(text: string, label: string, press: () => void): HTMLButtonElement {
  const element = make('button', { type: 'button', class: 'small', 'aria-label': label }, text);
  element.addEventListener('click', press);
  return element;
}

/** Puts `item` on top of `list`, and takes away what is too old to be read. */
export function putFirst(list: HTMLElement, item: HTMLElement, most: number): void {
  list.prepend(item);
  while (list.children.length > most) list.lastElementChild?.remove();
}

/** The time of day, with seconds. */
export function timeOf(moment: number): string {
  return new Date(moment).toLocaleTimeString([], { hour12: false });
}

/** A length of time as people say it. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1_000;
  return seconds < 60
    ? `${seconds.toFixed(1)} s`
    : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
