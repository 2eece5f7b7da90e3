/**
 * What a tab is among those of its owner. `outside`: it does not take part yet. `following`: another tab leads, or nobody yet.
 * `reading`: it leads, and reads what is stored. `leading`: it sends for all. `seeking`: there are no turns to be had, and it looks
 * for what is its own and what the dead have left. `alone`: it sends that. `gone`: its client was destroyed.
 */
export type Role = 'outside' | 'following' | 'reading' | 'leading' | 'seeking' | 'alone' | 'gone';

/** Whether the tab has the lead. */
export function leads(role: Role): boolean {
  return role === 'reading' || role === 'leading';
}

/** Whether it sends whatever it has. What is still being looked for is older. */
export function sends(role: Role): boolean {
  return role === 'leading' || role === 'alone' || role === 'outside';
}
