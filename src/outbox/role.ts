/**
 * What this tab is. `outside`: it does not take part yet. `following`: another tab leads, or nobody yet. `reading`: it leads, and reads
 * what is stored. `leading`: it sends for all. `beginning`: there are no turns to be had, and it reads what is stored. `alone`: the same,
 * and it sends what is its own. `gone`.
 */
export type Role = 'outside' | 'following' | 'reading' | 'leading' | 'beginning' | 'alone' | 'gone';

/** Whether the lead is this tab's. */
export function leads(role: Role): boolean {
  return role === 'reading' || role === 'leading';
}

/** Whether it sends without any lead. */
export function isAlone(role: Role): boolean {
  return role === 'beginning' || role === 'alone';
}

/** Whether it is to send, and has yet to read what goes before. */
export function reads(role: Role): boolean {
  return role === 'reading' || role === 'beginning';
}
