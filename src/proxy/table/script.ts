import { type BaseOptions, baseTable } from './base.ts'
import { chainRules } from './chains.ts'
import type { Change } from './ledger.ts'
import { ELEMENT_OBJECTS, type ElementObject, type Family, TABLE } from './names.ts'

/** nft reads a long list of elements in one command much faster than many commands; this bounds its memory. */
const ELEMENTS_PER_COMMAND = 5_000

export interface Update {
  readonly changes: Iterable<Change>
  readonly chains: { readonly added: readonly string[]; readonly removed: readonly string[] }
}

/** One transaction that carries out `update`: its length depends on the change alone. Empty when there is nothing to do. */
export function updateScript({ changes, chains }: Update, base: BaseOptions): string {
  const { family } = base
  const removed = new Map<ElementObject, string[]>()
  const added = new Map<ElementObject, string[]>()
  for (const { object, key, before, after } of changes) {
    if (before !== undefined) push(removed, object, key)
    if (after !== undefined) push(added, object, after === '' ? key : `${key} : ${after}`)
  }
  return [
    chains.added.length > 0 ? chainsText(chains.added, base) : '',
    elementCommands('delete', removed, family),
    elementCommands('add', added, family),
    chains.removed.map((chain) => `delete chain ${family} ${TABLE} ${chain}\n`).join(''),
  ].join('')
}

/**
 * One transaction that makes the table what it should be, whatever it is now. It is not deleted and made anew, so that
 * maps which packets fill keep their elements; `stale` are chains on demand of an earlier life that nobody needs now.
 */
export function fullScript(update: Update, base: BaseOptions, stale: readonly string[]): string {
  const { family } = base
  const table = baseTable(base)
  return [
    `add table ${family} ${TABLE}\nflush table ${family} ${TABLE}\n`,
    table,
    ELEMENT_OBJECTS.map((object) => `flush ${kindOf(object, table)} ${family} ${TABLE} ${object}\n`).join(''),
    updateScript({ changes: update.changes, chains: { added: update.chains.added, removed: stale } }, base),
  ].join('')
}

const kindOf = (object: ElementObject, table: string): string => (table.includes(`  map ${object} `) ? 'map' : 'set')

function chainsText(chains: readonly string[], base: BaseOptions): string {
  const bodies = chains.map(
    (chain) =>
      `  chain ${chain} { ${chainRules(chain, base)
        .map((rule) => `${rule}; `)
        .join('')}}\n`,
  )
  return `table ${base.family} ${TABLE} {\n${bodies.join('')}}\n`
}

function elementCommands(
  verb: 'add' | 'delete',
  elements: ReadonlyMap<ElementObject, readonly string[]>,
  family: Family,
): string {
  const commands: string[] = []
  for (const [object, list] of elements) {
    for (let start = 0; start < list.length; start += ELEMENTS_PER_COMMAND) {
      const some = list.slice(start, start + ELEMENTS_PER_COMMAND)
      commands.push(`${verb} element ${family} ${TABLE} ${object} { ${some.join(', ')} }\n`)
    }
  }
  return commands.join('')
}

function push(lists: Map<ElementObject, string[]>, object: ElementObject, text: string): void {
  const list = lists.get(object)
  if (list) list.push(text)
  else lists.set(object, [text])
}
