/**
 * What crun says of a program that could not be started, in the words of runc, which people know and search for:
 *
 *     2026-11-21T01:33:00.000000Z: executable file `ahoy` not found in $PATH: No such file or directory
 *     exec: "ahoy": executable file not found in $PATH
 */
export function startFailure(text: string, program: string): string {
  const words = text.replaceAll(/^\d{4}-\d\d-\d\dT[\d:.]+Z: /gm, '').trim()
  const missing = /executable file `(.*?)` not found/.exec(words)?.[1]
  if (missing?.includes('/')) return `exec: "${missing}": stat ${missing}: no such file or directory`
  if (missing !== undefined) return `exec: "${missing}": executable file not found in $PATH`
  if (/open executable: Permission denied/.test(words)) return `exec: "${program}": permission denied`
  return words
}
