import { readdirSync, readFileSync } from 'node:fs';

/** The processes that `root` began, and that these began, which have `mark` in their command lines. */
export function descendants(root: number | undefined, mark: string): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : '';
    // The program's name is in brackets, and may have blanks and brackets in it.
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const isOurs = (id: number): boolean => {
    let at: number | undefined = id;
    while (at !== undefined && at !== root) at = parents.get(at);
    return at !== undefined;
  };
  return [...parents.keys()].filter((id) => isOurs(id) && read(`/proc/${id}/cmdline`).includes(mark));
}

/** Empty for a process that has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
