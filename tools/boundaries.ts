/**
 * Who may import whom: the architecture, as a table.
 *
 * A folder of `src/` may import itself and the folders on its row (`*` is any), always through an `index.ts`. A row
 * named `a/*` is a set of strangers: its children may not import each other. `import type` counts: a shared type is a
 * shared decision. Inside its own folder a file imports whatever it likes.
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'

export type Table = Readonly<Record<string, readonly string[]>>

/** In the order in which a request, an object and a packet pass through them. */
export const boundaries: Table = {
  lib: [],
  wire: ['lib'],
  api: ['lib'],
  store: ['lib'],
  apiserver: ['store', 'api', 'wire', 'lib'],
  client: ['api', 'wire', 'lib'],
  kernel: ['lib', 'wire'],
  images: ['kernel', 'wire', 'lib'],
  'controllers/*': ['client', 'api', 'lib'],
  scheduler: ['client', 'api', 'lib'],
  loadbalancer: ['client', 'api', 'kernel', 'wire', 'lib'],
  kubelet: ['client', 'api', 'images', 'kernel', 'wire', 'lib'],
  proxy: ['client', 'api', 'kernel', 'wire', 'lib'],
  policy: ['client', 'api', 'kernel', 'wire', 'lib'],
  dns: ['client', 'api', 'kernel', 'wire', 'lib'],
  host: ['client', 'api', 'kernel', 'wire', 'lib'],
  ingress: ['client', 'api', 'lib'],
  explain: ['client', 'api', 'lib'],
  cluster: ['*'],
  cli: ['cluster', 'client', 'api', 'lib', 'explain'],
  testing: ['*'],
}

const IMPORT = /(?:^|\n)\s*(?:import|export)\s+(?:[\w$*{},\s]+?\s+from\s+)?['"]([^'"\n]+)['"]|\bimport\(\s*['"]([^'"\n]+)['"]/g

/** Every import of every file under `src`; relative ones resolved to a path below `src`. */
function* imports(src: string): Generator<{ file: string; target: string }> {
  for (const file of globSync('**/*.ts', { cwd: src })) {
    for (const [, fixed, dynamic] of readFileSync(join(src, file), 'utf8').matchAll(IMPORT)) {
      const specifier = fixed ?? dynamic ?? ''
      yield { file, target: specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier }
    }
  }
}

/** The row a path belongs to, and the unit inside it: `controllers/node/plan.ts` is unit `controllers/node`. */
function place(path: string, table: Table): { row: string; unit: string } {
  const [folder = '', child = ''] = path.split('/')
  const strangers = `${folder}/*` in table
  if (strangers && !child.includes('.')) return { row: `${folder}/*`, unit: `${folder}/${child}` }
  return { row: strangers ? `${folder}/*` : folder, unit: folder }
}

/** Tests, and the helpers that a component keeps for its own. */
const isTest = (file: string): boolean => file.endsWith('.test.ts') || file.includes('/testing/')

/** One line per forbidden import; empty when the tree obeys `table`. Tests may reach for `testing`. */
export function violations(src: string, table: Table = boundaries): string[] {
  const found: string[] = []
  for (const { file, target } of imports(src)) {
    const from = place(file, table)
    const to = place(target, table)
    const allowed = table[from.row] ?? []
    if (target.startsWith('#')) found.push(`${file}: ${target} is an alias, which nothing rewrites`)
    else if (!(to.row in table) || from.unit === to.unit) continue
    else if (isTest(file) && to.row === 'testing') continue
    else if (from.row.endsWith('/*') && from.unit === from.row.slice(0, -2)) continue // `controllers/index.ts` lists its strangers
    else if (from.row === to.row && to.unit === to.row.slice(0, -2)) continue // what the strangers share lies beside them
    else if (!allowed.includes(to.row) && !allowed.includes('*')) found.push(`${file}: ${from.unit} may not import ${to.unit}`)
    else if (!target.endsWith('/index.ts')) found.push(`${file}: enter ${to.unit} by an index.ts, not ${target}`)
  }
  return found
}
