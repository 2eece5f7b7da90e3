import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Programs below a folder of the repository, relative to `root` and with `/`, without what is installed or built there. */
export function programsBelow(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const { name } = entry;
    const path = `${folder}/${name}`;
    if (!entry.isDirectory()) return /\.([cm]?js|tsx?)$/.test(name) ? [path] : [];
    return name.startsWith('.') || ['node_modules', 'dist'].includes(name) ? [] : programsBelow(root, path);
  });
}
